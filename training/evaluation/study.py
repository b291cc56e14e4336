"""A user study of two models: blind pairs in random order, and what the choices say.

`index.html` is what people are shown; it holds motions and prompts and nothing of where they came from. `key.json` says
which side was which model. The same models, prompts and seed give the same study, byte for byte.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from scipy import stats

from engine.editing.duration import estimated_seconds
from engine.errors import UserError
from engine.files import written_whole
from engine.motion.motion import Motion
from engine.requests import SamplingOptions
from training.evaluation.intervals import Share, share
from training.evaluation.study_page import study_page
from training.evaluation.subjects import Subject

FORMAT = "motionwright-study/1"
CHOICES_FORMAT = "motionwright-choices/1"
QUESTIONS: Mapping[str, str] = {
    "follows": "Which does more of what the words say?",
    "natural": "Which moves more like a person?",
}
MOST_PROMPTS = 200
_LONGEST_CHOICES_BYTES = 2**20
_DEFAULT_SECONDS = 4.0

Side = Literal["left", "right"]


@dataclass(frozen=True)
class Pair:
    """One prompt, and which model (0 or 1) stands on the left."""

    prompt: str
    seconds: float
    seed: int
    left: int


@dataclass(frozen=True)
class Key:
    """What the page doesn't say. study: the page's own name, by which choices are known to belong to it."""

    study: str
    models: tuple[str, str]
    seed: int
    pairs: tuple[Pair, ...]


@dataclass(frozen=True)
class Preference:
    """Of one question: how often each model was chosen, and how often neither.

    first: the share of decided answers that went to the first model. chance: how likely an outcome at least as uneven
    is if nobody could tell them apart (binomial, two-sided).
    """

    question: str
    counts: tuple[int, int]
    undecided: int
    first: Share | None
    chance: float


def read_prompts(path: Path) -> list[str]:
    """One prompt a line, empty lines left out; UserError where there are none."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{path} is not a readable text file; give one with a prompt on each line.") from error
    prompts = [line.strip() for line in lines if line.strip()]
    if not 1 <= len(prompts) <= MOST_PROMPTS:
        raise UserError(f"{path} has {len(prompts)} prompts; give from 1 to {MOST_PROMPTS}, one on each line.")
    return prompts


def build_study(
    subjects: tuple[Subject, Subject],
    prompts: Sequence[str],
    folder: Path,
    seed: int,
    sampling: SamplingOptions,
    on_pair: Callable[[int], None] = lambda _: None,
) -> Key:
    """Generate every pair and write `index.html` and `key.json` into `folder`."""
    random = np.random.default_rng(seed)
    order, lefts = random.permutation(len(prompts)), random.integers(2, size=len(prompts))
    longest = min(subject.longest_seconds for subject in subjects)
    pairs, shown = [], []
    for number, index in enumerate(order):
        prompt = prompts[index]
        pair = Pair(prompt, min(estimated_seconds(prompt, _DEFAULT_SECONDS), longest), seed + number, int(lefts[index]))
        motions = [subject.answer(prompt, pair.seconds, pair.seed, sampling).motions[0] for subject in subjects]
        shown.append((motions[pair.left], motions[1 - pair.left]))
        pairs.append(pair)
        on_pair(number + 1)
    names = (subjects[0].name, subjects[1].name)
    study = _name_of(shown, pairs)
    key = Key(study, names, seed, tuple(pairs))
    folder.mkdir(parents=True, exist_ok=True)
    page = study_page(study, [pair.prompt for pair in pairs], shown, QUESTIONS, CHOICES_FORMAT)
    for name, text in (("index.html", page), ("key.json", _to_json(key))):
        with written_whole(folder / name) as temporary:
            temporary.write_text(text, encoding="utf-8", newline="\n")
    return key


def read_key(folder: Path) -> Key:
    """The key of a study; UserError where there is none."""
    try:
        data = json.loads((folder / "key.json").read_text(encoding="utf-8"))
        if data.pop("format") != FORMAT:
            raise ValueError("another format")
        pairs = tuple(Pair(**pair) for pair in data.pop("pairs"))
        first, second = data.pop("models")
        return Key(**data, models=(first, second), pairs=pairs)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise UserError(f"{folder} holds no study ({error}); make one with `motionwright study build`.") from error


def preferences(key: Key, choices: Sequence[Path]) -> list[Preference]:
    """What people chose, question by question; UserError for a file that is not of this study, or given twice."""
    counted = {question: [0, 0, 0] for question in QUESTIONS}
    people: set[str] = set()
    for path in choices:
        person, answers = _read_choices(key, path)
        if person in people:
            raise UserError(f"{path} is of a person whose choices were given already; give each file once.")
        people.add(person)
        for pair, answer in zip(key.pairs, answers, strict=True):
            for question, chosen in answer.items():
                model = 2 if chosen == "same" else pair.left if chosen == "left" else 1 - pair.left
                counted[question][model] += 1
    return [
        _preference(QUESTIONS[question], first, second, same) for question, (first, second, same) in counted.items()
    ]


def _preference(question: str, first: int, second: int, same: int) -> Preference:
    decided = first + second
    if not decided:
        return Preference(question, (first, second), same, None, 1.0)
    chance = float(stats.binomtest(first, decided).pvalue)
    return Preference(question, (first, second), same, share(first, decided), chance)


def _read_choices(key: Key, path: Path) -> tuple[str, list[dict[str, str]]]:
    """The person and, pair by pair, question → left, right or same."""
    try:
        if path.stat().st_size > _LONGEST_CHOICES_BYTES:
            raise ValueError("it is too large")
        data = json.loads(path.read_text(encoding="utf-8"))
        if data["format"] != CHOICES_FORMAT or data["study"] != key.study:
            raise ValueError("it belongs to another study")
        answers = [_checked(answer) for answer in data["choices"]]
        if len(answers) != len(key.pairs):
            raise ValueError("some pairs have no choice")
        return str(data["person"]), answers
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise UserError(f"{path} holds no choices of this study: {error}.") from error


def _checked(answer: dict[str, Any]) -> dict[str, str]:
    if set(answer) != set(QUESTIONS) or not set(answer.values()) <= {"left", "right", "same"}:
        raise ValueError("a choice is neither left, right nor same")
    return {question: str(chosen) for question, chosen in answer.items()}


def _name_of(shown: Sequence[tuple[Motion, Motion]], pairs: Sequence[Pair]) -> str:
    digest = hashlib.sha256(repr(pairs).encode("utf-8"))
    for motion in (motion for pair in shown for motion in pair):
        digest.update(motion.positions_m.astype("<f4").tobytes())
    return digest.hexdigest()[:16]


def _to_json(key: Key) -> str:
    return json.dumps({"format": FORMAT, **asdict(key)}, indent=1, ensure_ascii=False) + "\n"
