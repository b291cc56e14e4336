"""Composites: sequences, layers, tempos and stands, each with its captions, and each a function of its seed alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random

import numpy as np
from numpy.typing import NDArray

from engine.motion import ms272
from engine.motion.foot_lock import lock_feet
from training.data.composition import phrases
from training.data.composition.casting import (
    GESTURES,
    RUNS,
    STAND,
    WALKS,
    Cast,
    part_of,
    retimed,
    standing,
)
from training.data.composition.joining import Part, best_join, joined
from training.data.composition.layering import OWNED_JOINTS, layered
from training.data.composition.strand import Strand
from training.data.shards import ClipRow, Shards

_MAX_JOIN_COST_M = 0.16
"""Joins that are worse look like a jump."""

_TRIES = 60
_SHORTEST_FRAMES = 48
_PACED_STYLES = ("normal", "feminine", "masculine", "youthful")
"""Those with no pace of their own, in which "slowly" is slow."""


@dataclass(frozen=True, eq=False)
class Composite:
    """features: (N, 272) float32, N a multiple of 4. captions: several wordings. kind: how it was made."""

    features: NDArray[np.float32]
    captions: tuple[str, ...]
    kind: str


@dataclass(frozen=True)
class _Deed:
    """What is done in a part: a content, another beside it, and how fast."""

    content: str
    beside: str | None = None
    tempo: float = 1.0

    def action(self, style: str, random: Random) -> str:
        """A base-form phrase for it."""
        if self.content == STAND:
            return random.choice(phrases.STAND)
        action = phrases.action_of(self.content, style, random, simple=self.beside is not None)
        if self.beside is not None:
            action = phrases.at_once_as_action(action, phrases.action_of(self.beside, style, random, simple=True))
        return action + phrases.pace_of(self.tempo, random)


_Made = tuple[Strand, Callable[[str, Random], str]]
"""A strand, and what makes a sentence of a subject."""


class Composer:
    """Makes composites out of clips, which must all be of the training split."""

    def __init__(self, shards: Shards, rows: Sequence[ClipRow], max_frames: int, wordings: int) -> None:
        self._cast = Cast(shards, rows)
        self._max_frames, self._wordings = max_frames // 4 * 4, wordings
        self._kinds: dict[str, tuple[float, Callable[[str, Random], _Made | None]]] = {
            "sequence": (0.55, self._sequence),
            "layer": (0.25, self._layer),
            "tempo": (0.14, self._tempo),
            "stand": (0.06, self._stand),
        }

    def composite(self, seed: int) -> Composite | None:
        """The composite of this seed; None where the clips are too few for any."""
        random = Random(seed)
        if not self._cast:
            return None
        for _ in range(_TRIES):
            kind = random.choices(list(self._kinds), [weight for weight, _ in self._kinds.values()])[0]
            style = self._cast.style(random)
            made = self._kinds[kind][1](style, random)
            if made is not None:
                strand, sentence = made
                captions = [sentence(phrases.subject_of(style, random), random) for _ in range(self._wordings)]
                return Composite(_finished(strand), tuple(dict.fromkeys(captions)), kind)
        return None

    def _sequence(self, style: str, random: Random) -> _Made | None:
        plan = self._plan(style, random)
        if plan is None:
            return None
        parts = [self._part(deed, style, random) for deed in plan]
        strand = _in_sequence([part for part in parts if part is not None]) if all(parts) else None
        strand = self._cut(strand, plan[-1], random) if strand is not None else None
        if strand is None:
            return None
        stops = plan[0].content in WALKS and plan[1].content in GESTURES

        def sentence(subject: str, random: Random) -> str:
            comes_to_stand = len(plan) == 2 and plan[1].content == STAND and plan[0].content in WALKS
            if comes_to_stand and random.random() < 0.7:
                return phrases.in_a_row(
                    subject, [plan[0].action(style, random), random.choice(phrases.STOP)], False, random
                )
            return phrases.in_a_row(subject, [deed.action(style, random) for deed in plan], stops, random)

        return strand, sentence

    def _plan(self, style: str, random: Random) -> list[_Deed] | None:
        """Two or three deeds that can follow one another: a run only beside a gait, a stand once."""
        contents: list[str] = []
        for _ in range(3 if random.random() < 0.22 else 2):
            last = contents[-1] if contents else None
            among = {
                None: (*WALKS, *RUNS, *GESTURES, *GESTURES),
                STAND: (*WALKS, *WALKS, *GESTURES),
            }.get(last, (*WALKS, *WALKS, *GESTURES) if last not in RUNS else (*WALKS, "run"))
            if last in WALKS:
                among = (*among, *GESTURES, *RUNS)
            choice = self._cast.content([name for name in among if name != last], style, random)
            if last in (*WALKS, *GESTURES) and STAND not in contents and random.random() < 0.12:
                choice = STAND
            if choice is None:
                return None
            contents.append(choice)
        if STAND not in contents and contents[0] in WALKS and random.random() < 0.08:
            contents.insert(0, STAND)
        return [self._deed(content, style, random) for content in contents[:3]]

    def _deed(self, content: str, style: str, random: Random) -> _Deed:
        beside = None
        if content in WALKS + RUNS and random.random() < 0.15:
            beside = self._cast.content(tuple(OWNED_JOINTS), style, random)
        is_paced = content != STAND and beside is None and style in _PACED_STYLES and random.random() < 0.2
        return _Deed(content, beside, _tempo(content, random) if is_paced else 1.0)

    def _part(self, deed: _Deed, style: str, random: Random) -> Part | None:
        if deed.content == STAND:
            source = self._cast.content(GESTURES, style, random)
            return standing(self._cast.take(source, style, random), random.randrange(24, 75)) if source else None
        take = retimed(self._cast.take(deed.content, style, random), deed.tempo)
        if deed.beside is None:
            return part_of(take, random, random.randrange(36, 110))
        arms = self._cast.take(deed.beside, style, random)
        if arms.event[1] - arms.event[0] > len(take.strand) - 30:
            return None
        # The arms begin after the transition into the part and are down again before the one out of it.
        start = 18 - min(arms.event[0] - 14, 0) - arms.event[0] + 14
        strand = layered(take.strand, arms.strand, OWNED_JOINTS[deed.beside], start, arms.event)
        end = start + arms.event[1] + 14
        last = len(strand) - 16
        return Part(strand, (0, 4), (min(end, last), min(end + 24, last)))

    def _layer(self, style: str, random: Random) -> _Made | None:
        """Arms on a gait; or one arm on a stand in which the other does something else."""
        body = self._cast.content((*WALKS, *RUNS, *GESTURES), style, random)
        arms = self._cast.content(tuple(OWNED_JOINTS), style, random)
        if body is None or arms is None or not _are_apart(body, arms):
            return None
        under, over = self._cast.take(body, style, random), self._cast.take(arms, style, random)
        if len(under.strand) < _SHORTEST_FRAMES + 12:
            return None
        length = min(self._max_frames, len(under.strand), random.randrange(90, 260))
        first = random.randrange(len(under.strand) - length + 1) if body in (*WALKS, *RUNS) else 0
        if body.startswith("walk-turn"):
            first, length = 0, len(under.strand)
        if body in GESTURES:  # both rise at about the same time
            length = min(len(under.strand), len(over.strand) + 20)
            start = under.event[0] - over.event[0] + random.randrange(-6, 7)
        else:
            start = random.randrange(-min(30, over.event[0] + 20), max(1, min(40, length - 60)))
        strand = layered(under.strand.frames(first, first + length), over.strand, OWNED_JOINTS[arms], start, over.event)

        def sentence(subject: str, random: Random) -> str:
            one, other = (phrases.action_of(content, style, random, simple=True) for content in (body, arms))
            return phrases.at_once(subject, one, other, random)

        return self._shortened(strand), sentence

    def _tempo(self, style: str, random: Random) -> _Made | None:
        content = self._cast.content((*WALKS, "run", *GESTURES), style, random)
        if content is None or style not in _PACED_STYLES:
            return None
        deed = _Deed(content, tempo=_tempo(content, random))
        take = retimed(self._cast.take(content, style, random), deed.tempo)
        strand = self._cut(take.strand, deed, random) if len(take.strand) >= _SHORTEST_FRAMES else None
        return None if strand is None else (strand, lambda subject, r: phrases.alone(subject, deed.action(style, r), r))

    def _stand(self, style: str, random: Random) -> _Made | None:
        part = self._part(_Deed(STAND), style, random)
        if part is None:
            return None
        return part.strand, lambda subject, r: phrases.alone(subject, r.choice(phrases.STAND), r)

    def _cut(self, strand: Strand, last: _Deed, random: Random) -> Strand | None:
        """Not longer than allowed: a steady end may be cut off anywhere, a gesture or a turn may not."""
        if len(strand) < _SHORTEST_FRAMES:
            return None
        is_steady = last.content in (STAND, "walk", "walk-back", "walk-left", "walk-right", *RUNS) and not last.beside
        if len(strand) > self._max_frames and not is_steady:
            return None
        return self._shortened(strand)

    def _shortened(self, strand: Strand) -> Strand:
        return strand.frames(0, min(len(strand), self._max_frames) // 4 * 4)


def _tempo(content: str, random: Random) -> float:
    """Clearly slow or clearly quick; a run much slower than it was would float."""
    slow = (0.8, 0.86) if content in RUNS else (0.7, 0.84)
    return random.uniform(*random.choice((slow, (1.18, 1.4))))


def _are_apart(body: str, arms: str) -> bool:
    """Whether two contents are done by different joints, and are not the same thing twice."""
    if body in (arms, "bow"):
        return False
    return not set(OWNED_JOINTS.get(body, ())) & set(OWNED_JOINTS[arms])


def _in_sequence(parts: Sequence[Part]) -> Strand | None:
    """The parts joined one after the other; None where two don't fit."""
    current = parts[0]
    for following in parts[1:]:
        join = best_join(current, following)
        if join is None or join.cost > _MAX_JOIN_COST_M:
            return None
        strand = joined(current.strand, following.strand, join)
        shift = join.leave - join.enter
        current = Part(strand, current.enter, (following.leave[0] + shift, following.leave[1] + shift))
    if parts[-1].leave[1] < len(parts[-1].strand):
        end = len(current.strand) - 8
        return current.strand.frames(0, end)
    return current.strand


def _finished(strand: Strand) -> NDArray[np.float32]:
    """Features (N, 272) with standing feet held in place."""
    return ms272.encode(lock_feet(strand.motion())).astype(np.float32)
