"""How right the captioner's rows are, on clips whose labels say the same thing or deny it.

A row is right in a clip whose label says it, wrong in one whose label denies it; what the label leaves open counts for
neither. Labels are those of Bandai-Namco, HDM05, CMU, KayKit and DeepMimic; where CMU has none, its description. The
thresholds were set on these clips, too; `tests/benchmarks/precision.py` measures on clips that they had no part in.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from engine.motion import ms272
from training.data.predicates import OBSERVATIONS, observed
from training.data.shards import ClipRow, Shards

PRECISE = 0.95

_STILL = ("wave-*-hand*", "raise-up-*", "bow", "bye", "byebye", "respond", "call", "ranged-*", "idle-*")
_STANDING = (*_STILL, "guide")
_WALKS = ("walk", "walk-turn-*", "walk-left", "walk-right", "long-walk")
_RUNS = ("run", "dash", "run-*", "jog", "jogLeftCircle4StepsRstart", "running-holding*")
_BACK = ("walk-back",)
_GAITS = (*_WALKS, *_RUNS, *_BACK)
_LOW = ("lieDownFloor", "sit-floor-idle", "sit-chair-idle", "lie-idle", "push-ups", "sit-ups", "crawl*")
_ON_THE_SPOT = ("squat1Reps", "kickLFront1Reps", "grabHighR", "depositFloorR", "elbowToKnee1RepsLelbowStart",
                "rotateArmsBothBackward1Reps", "melee-*", "hit-*", "interact", "pickup")  # fmt: skip
_LEFT_HAND = ("raise-up-left-hand", "wave-left-hand", "respond", "elbowToKnee1RepsLelbowStart")
_RIGHT_HAND = ("raise-up-right-hand", "wave-right-hand", "grabHighR", "bye", "ranged-magic-raise", "call")
_BOTH_HANDS = ("raise-up-both-hands", "wave-both-hands", "byebye", "throwBasketball", "rotateArmsBothBackward1Reps",
               "cheering", "ranged-magic-summon", "ranged-bow-*-up")  # fmt: skip
_PUNCHES = (
    "punch",
    "punch-*",
    "melee-unarmed-attack-punch-*",
    "a person does this: *punch*",
    "a person does this: *boxing*",
    "martial",
)
_ON_THE_FLOOR = ("lieDownFloor", "lie-*", "death-b", "getup-*", "push-ups", "sit-ups", "skeletons-death*", "crawl")

# Row → patterns of labels that say it, and of labels that deny it.
SAID_AND_DENIED: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "stands": ((*_STANDING, "salsa", "melee-*"), (*_RUNS, "walk", "walk-turn-*", "walk-back", *_LOW[1:])),
    "walks forward": ((*_WALKS, "sneak2StepsLStart", "stealthy-walk", "zombie-walk", "long-zombie", "skeletons-walking",
                       "a person does this: *walk*"),
                      (*_STANDING, *_BACK, *_LOW, "squat1Reps", "hopBothLegs1hops", "dash", "running-*", "jog",
                       "rotateArms*", "elbowToKnee*", "melee-*")),
    "walks backward": (_BACK, (*_STANDING, *_WALKS, *_RUNS, *_LOW, "squat1Reps", "sneak2StepsLStart", "elbowToKnee*")),
    "runs": ((*_RUNS, "a person does this: *run*", "a person does this: *jog*"),
             (*_STANDING, "walk-turn-*", "walk", "walk-left", "walk-right", "walking-*", *_BACK, *_ON_THE_SPOT, *_LOW,
              "sneak2StepsLStart", "hopBothLegs1hops", "a person does this: *walk*")),
    "walks to the left": (("walk-left", "dodge-left", "a person does this: *sideways*"),
                          (*_STANDING, *_RUNS, *_BACK, *_LOW[1:], "walk", "walk-right", "walk-turn-*", "squat1Reps",
                           "sneak2StepsLStart")),
    "walks to the right": (("walk-right", "dodge-right", "a person does this: *sideways*"),
                           (*_STANDING, *_RUNS, *_BACK, *_LOW[1:], "walk", "walk-left", "walk-turn-*", "squat1Reps",
                            "sneak2StepsLStart")),
    "turns left": (("walk-turn-left", "jogLeftCircle4StepsRstart", "run-left", "spin", "dance-spin"),
                   (*_STILL, "walk", "run", "dash", "walk-turn-right", "walk-left", "walk-right", *_BACK,
                    "run-right", "run-forward", "squat1Reps", "hopBothLegs1hops", "sneak2StepsLStart")),
    "turns right": (("walk-turn-right", "run-right"),
                    (*_STILL, "walk", "run", "dash", "walk-turn-left", "walk-left", "walk-right", *_BACK, "run-left",
                     "run-forward", "jogLeftCircle4StepsRstart", "squat1Reps", "hopBothLegs1hops",
                     "sneak2StepsLStart")),
    "waves the left hand": (("wave-left-hand",), ("wave-right-hand", "bye", "raise-up-*",
                            *_GAITS, "bow", *_ON_THE_SPOT, *_LOW)),
    "waves the right hand": (("wave-right-hand", "bye"),
                             ("wave-left-hand", "raise-up-*", *_GAITS, "bow",
                              *_ON_THE_SPOT, *_LOW)),
    "waves both hands": (("wave-both-hands", "byebye"),
                         ("raise-up-*", "wave-left-hand", "wave-right-hand", *_GAITS, *_ON_THE_SPOT, *_LOW)),
    "raises the left hand": (_LEFT_HAND, ("raise-up-right-hand", "raise-up-both-hands", "wave-right-hand",
                             "wave-both-hands", *_GAITS, "grabHighR", "bye", "squat1Reps")),
    "raises the right hand": (_RIGHT_HAND, ("raise-up-left-hand", "raise-up-both-hands", "wave-left-hand",
                              "wave-both-hands", *_GAITS, "squat1Reps", "respond")),
    "raises both hands": (_BOTH_HANDS, ("raise-up-left-hand", "raise-up-right-hand", "wave-left-hand",
                          "wave-right-hand", *_GAITS, "bow", "grabHighR")),
    "kicks with the left leg": (("kickLFront1Reps", "martial"), (*_STANDING, *_GAITS, *_LOW, "squat1Reps",
                                "hopBothLegs1hops", "sneak2StepsLStart")),
    "kicks with the right leg": (("kick", "spinkick", "melee-unarmed-attack-kick", "martial",
                                  "a person does this: *kick*"),
                                 (*_STANDING, *_GAITS, *_LOW, "squat1Reps", "kickLFront1Reps", "hopBothLegs1hops",
                                  "sneak2StepsLStart")),
    "punches with the left hand": (_PUNCHES, (*_STANDING, *_GAITS, *_LOW, *_ON_THE_SPOT, "salsa", "indian",
                                   "hopBothLegs1hops", "throwBasketball")),
    "punches with the right hand": (_PUNCHES, (*_STANDING, *_GAITS, *_LOW, "squat1Reps", "kickLFront1Reps",
                                    "grabHighR", "depositFloorR", "elbowToKnee*", "rotateArms*", "salsa", "indian",
                                    "hopBothLegs1hops", "throwBasketball")),
    "bows": (("bow", "depositFloorR", "pickup"), (*_GAITS, "wave-*", "raise-up-*", "kickLFront1Reps", "squat1Reps",
             "elbowToKnee*", "grabHighR", *_LOW)),
    "crouches": (("squat1Reps", "lieDownFloor", "depositFloorR", "crouching", "sneaking", "sit-*", "pickup", "lie-down",
                  "lie-standup", "getup-*", "roll", "skeletons-death*", "skeletons-awaken-standing"),
                 (*_STANDING, *_GAITS, "kickLFront1Reps", "grabHighR", "elbowToKnee*", "rotateArms*")),
    "jumps": (("hopBothLegs1hops", "throwBasketball", "jump", "jump-*", "sideflip", "backflip",
               "a person does this: *jump*", "a person does this: *leap*", "spinkick", "melee-*jump*"),
              (*_STANDING, *_GAITS, "squat1Reps", "lieDownFloor", "sneak2StepsLStart", "depositFloorR",
               "grabHighR", "elbowToKnee*", "kickLFront1Reps")),
    "lies": (_ON_THE_FLOOR, (*_STANDING, *_GAITS, "squat1Reps", "kickLFront1Reps", "hopBothLegs1hops", "depositFloorR",
             "grabHighR", "elbowToKnee*", "sneak2StepsLStart", "salsa", "indian")),
    "lies down": (("lieDownFloor", "lie-down", "death-b", "roll"),
                  (*_STANDING, *_GAITS, "squat1Reps", "depositFloorR", "hopBothLegs1hops", "kickLFront1Reps", "getup-*",
                   "lie-standup", "salsa", "indian")),
    "gets up": (("getup-*", "lie-standup", "skeletons-death-resurrect", "skeletons-awaken-floor*", "roll"),
                (*_STANDING, *_GAITS, "lieDownFloor", "lie-down", "death-*", "squat1Reps", "depositFloorR", "salsa",
                 "indian", "hopBothLegs1hops")),
}  # fmt: skip


@dataclass(frozen=True)
class Precision:
    """Of one row: in how many clips it is seen whose label says it, of how many; and the labels that deny it."""

    row: str
    right: int
    labeled: int
    wrong: Mapping[str, int]

    @property
    def share(self) -> float:
        """Right ones of all that are either right or wrong; NaN where there are none."""
        counted = self.right + sum(self.wrong.values())
        return self.right / counted if counted else float("nan")


def precisions_of(
    shards: Shards, rows: Sequence[ClipRow], on_clip: Callable[[int], None] = lambda _: None
) -> list[Precision]:
    """The precision of every row on clips of a folder; `on_clip` hears of each."""

    def looked_at() -> Iterator[tuple[str, list[str]]]:
        for number, row in enumerate(rows, start=1):
            seen = observed(ms272.decode(shards.clip_features(row)))
            yield label_of(row), [one.observation.name for one in seen]
            on_clip(number)

    return precisions(looked_at())


def label_of(row: ClipRow) -> str:
    """What a source says of a clip: its label or, where it has none, its description."""
    return row.content or next(iter(row.captions), "")


def precisions(clips: Iterable[tuple[str, Iterable[str]]]) -> list[Precision]:
    """The precision of every row on clips: the label of each, and the names of the rows that are seen in it."""
    labeled: Counter[str] = Counter()
    seen: dict[str, Counter[str]] = defaultdict(Counter)
    for label, names in clips:
        labeled[label] += 1
        for name in set(names):
            seen[name][label] += 1
    return [_precision(row.name, labeled, seen[row.name]) for row in OBSERVATIONS]


def _precision(row: str, labeled: Counter[str], seen: Counter[str]) -> Precision:
    says, denies = said_and_denied(row)
    return Precision(
        row,
        sum(count for label, count in seen.items() if says(label)),
        sum(count for label, count in labeled.items() if says(label)),
        {label: count for label, count in sorted(seen.items()) if denies(label)},
    )


def said_and_denied(row: str) -> tuple[Callable[[str], bool], Callable[[str], bool]]:
    """Whether a label says what a row sees, and whether it denies it."""
    says, denies = (_any_of(patterns) for patterns in SAID_AND_DENIED[row])
    return says, lambda label: denies(label) and not says(label)


def _any_of(patterns: Iterable[str]) -> Callable[[str], bool]:
    return lambda label: any(fnmatchcase(label, pattern) for pattern in patterns)
