"""Scripts of three prompts: does every third do what its own sentence says, and does anybody see the seams?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise, permutations

import numpy as np

from engine.motion import rotations
from engine.motion.motion import Motion
from engine.motion.rotations import Array
from training.data.predicates import PREDICATES
from training.evaluation.suites.orders import orders
from training.evaluation.suites.prompts import RAISES, WAVES

SECONDS_OF_PART = 10.0 / 3.0
SCRIPTS = 50
_PARTS = 3
_DRAWN_WITH = 2026

LEAP_CM, LEAP_DEGREES = 1.0, 2.0
"""At a seam, the root may leave the course of the two frames before by so much, or by what it does elsewhere anyway."""

_SENTENCES = orders("seen", (
    ("a person walks forward", SECONDS_OF_PART, ("moves forward", "walks")),
    ("a person walks backward", SECONDS_OF_PART, ("moves backward",)),
    ("a person walks and turns {side}", SECONDS_OF_PART, ("turns {side}",)),
    ("a person runs forward", SECONDS_OF_PART, ("moves forward", "runs")),
    ("a person waves the {side} hand", SECONDS_OF_PART, (WAVES,)),
    ("a person raises the {side} hand", SECONDS_OF_PART, (RAISES,)),
    ("a person raises both hands", SECONDS_OF_PART, ("raises both hands",)),
    ("a person waves both hands", SECONDS_OF_PART, ("waves both hands",)),
    ("a person bows", SECONDS_OF_PART, ("bows",)),
))  # fmt: skip


@dataclass(frozen=True)
class Script:
    """prompts: one sentence after the other. predicates: the names of what each states."""

    prompts: tuple[str, ...]
    predicates: tuple[tuple[str, ...], ...]


def scripts(count: int = SCRIPTS) -> tuple[Script, ...]:
    """Always the same ones: three different sentences each, drawn once and for all."""
    possible = list(permutations(range(len(_SENTENCES)), _PARTS))
    drawn = (possible[place] for place in np.random.default_rng(_DRAWN_WITH).permutation(len(possible))[:count])
    return tuple(
        Script(
            tuple(_SENTENCES[place].prompt for place in places), tuple(_SENTENCES[place].predicates for place in places)
        )
        for places in drawn
    )


@dataclass(frozen=True)
class ScriptVerdict:
    """obeyed: whether each third does all that its sentence states. smooth: whether each seam is within its bounds."""

    obeyed: tuple[bool, ...]
    smooth: tuple[bool, ...]


def judged(script: Script, motion: Motion) -> ScriptVerdict:
    """A script and the motion that answers it, its parts of equal length."""
    borders = [round(part * len(motion) / len(script.prompts)) for part in range(len(script.prompts) + 1)]
    thirds = [motion.frames(start, end) for start, end in pairwise(borders)]
    obeyed = (
        all(PREDICATES[name].holds(third) for name in names)
        for third, names in zip(thirds, script.predicates, strict=True)
    )
    return ScriptVerdict(tuple(obeyed), smooth_at(motion, borders[1:-1]))


def smooth_at(motion: Motion, borders: Sequence[int]) -> tuple[bool, ...]:
    """Whether the root goes on at each border as it does elsewhere in the motion."""
    leaps = ((leaps_cm(motion), LEAP_CM), (leaps_degrees(motion), LEAP_DEGREES))
    return tuple(
        all(found[max(0, border - 3) : border + 1].max() < max(most, np.percentile(found, 99)) for found, most in leaps)
        for border in borders
    )


def leaps_cm(motion: Motion) -> Array:
    """(N − 2,) how far the root is from where the two frames before lead at constant velocity."""
    return np.asarray(100.0 * np.linalg.norm(np.diff(motion.root_translation_m, n=2, axis=0), axis=-1))


def leaps_degrees(motion: Motion) -> Array:
    """(N − 2,) how far the root is turned from where the two frames before lead: q̂ = q₁ · q₀⁻¹ · q₁."""
    root = motion.local_rotations_wxyz[:, 0]
    foretold = rotations.multiply(rotations.multiply(root[1:-1], rotations.inverse(root[:-2])), root[1:-1])
    return np.asarray(np.degrees(rotations.angle_between(foretold, root[2:])))
