"""What a motion does, as measured on the body: predicates with a name, a kind and thresholds, all in one table.

Each was set so that clips whose labels state it fulfil it, and those whose labels deny it don't. Headings are seen from
above, left is where a turn about +Y goes; speeds are over the ground.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from engine.motion import rotations
from engine.motion.motion import Motion
from engine.motion.rotations import Array

Kind = Literal["direction", "side", "speed", "body_part", "action", "style"]
KINDS: tuple[Kind, ...] = ("direction", "side", "speed", "body_part", "action", "style")

TRAVELS_M_S = 0.2
TURNS_DEGREES = 45.0
SIDEWAYS_M_S = 0.12
WALKS_M_S = (0.4, 2.0)
RUNS_M_S = 1.1
RUNS_FAST_M_S = 2.3
SLOW_WALK_M_S, QUICK_WALK_M_S = 1.05, 1.25
SLOW_RUN_M_S, QUICK_RUN_M_S = 2.2, 2.75
RAISED_SHARE = 0.25  # of the frames, in which a wrist is above its elbow, where that hand is raised
HANGING_SHARE = 0.1
WAVING_HZ, SWING_RAD = 0.5, 0.07
BOWS_DEGREES = 22.0
KICKS_M = 0.4
STANDS_M_S = 0.25
_ABOVE_ELBOW_M = 0.02


@dataclass(frozen=True)
class Predicate:
    """name: what is stated, as a sentence without a subject. kind: of the words that it is the meaning of."""

    name: str
    kind: Kind
    holds: Callable[[Motion], bool]


def heading_velocity_m_s(motion: Motion) -> Array:
    """(N − 1, 2) the root's velocity over the ground: to the left, and forward, as the root faces at each frame."""
    heading = rotations.heading(motion.local_rotations_wxyz[1:, 0])
    velocity = np.diff(motion.root_translation_m, axis=0) * motion.fps
    return rotations.rotate(rotations.inverse(heading), velocity)[:, [0, 2]]


def speed_m_s(motion: Motion) -> float:
    """The root's mean speed."""
    return float(np.linalg.norm(heading_velocity_m_s(motion), axis=1).mean())


def turn_degrees(motion: Motion) -> float:
    """How far the heading turns from the first frame to the last; to the left is positive."""
    forward = rotations.rotate(motion.local_rotations_wxyz[:, 0], np.array([0.0, 0.0, 1.0]))
    angle = np.unwrap(np.arctan2(forward[:, 0], forward[:, 2]))
    return float(np.degrees(angle[-1] - angle[0]))


def raised_share(motion: Motion, side: str) -> float:
    """The share of frames in which the wrist of `side` is above its elbow."""
    height = motion.positions_m[..., 1]
    wrist, elbow = (height[:, motion.skeleton.index(f"{side}_{joint}")] for joint in ("wrist", "elbow"))
    return float((wrist > elbow + _ABOVE_ELBOW_M).mean())


def sways(motion: Motion, side: str) -> bool:
    """Whether the raised forearm of `side` goes to and fro."""
    wrist, elbow = (motion.positions_m[:, motion.skeleton.index(f"{side}_{joint}")] for joint in ("wrist", "elbow"))
    forearm = (wrist - elbow)[wrist[:, 1] > elbow[:, 1] + _ABOVE_ELBOW_M]
    angle = np.unwrap(np.arctan2(forearm[:, 0], forearm[:, 1]))
    to_and_fro = _swings(angle) - 2  # an arm that is raised and lowered swings twice
    return to_and_fro >= 2 * WAVING_HZ * max(len(angle) / motion.fps, 1.0)


def _swings(angle_rad: Array) -> int:
    """How often the angle (n,) goes back by more than a small swing from the farthest that it had come."""
    count, direction, farthest = 0, 0.0, angle_rad[0] if len(angle_rad) else 0.0
    for angle in angle_rad:
        if direction * (angle - farthest) >= 0.0 and direction:
            farthest = angle
        elif abs(angle - farthest) > SWING_RAD:
            count, direction, farthest = count + 1, np.sign(angle - farthest), angle
    return count


def bend_degrees(motion: Motion) -> float:
    """How far the trunk leans from upright at its most."""
    neck, pelvis = (motion.positions_m[:, motion.skeleton.index(joint)] for joint in ("neck", "pelvis"))
    trunk = rotations.normalize(neck - pelvis)
    return float(np.degrees(np.arccos(np.clip(trunk[:, 1], -1.0, 1.0))).max())


def foot_height_m(motion: Motion, side: str) -> float:
    """The greatest height of the ball of the foot."""
    return float(motion.positions_m[:, motion.skeleton.index(f"{side}_foot"), 1].max())


def _forward(motion: Motion) -> float:
    return float(heading_velocity_m_s(motion)[:, 1].mean())


def _leftward(motion: Motion) -> float:
    return float(heading_velocity_m_s(motion)[:, 0].mean())


def _is_raised(motion: Motion, side: str) -> bool:
    return raised_share(motion, side) > RAISED_SHARE


def _waves(motion: Motion, side: str) -> bool:
    return _is_raised(motion, side) and sways(motion, side)


def _hangs(motion: Motion, side: str) -> bool:
    return raised_share(motion, side) < HANGING_SHARE


def _both(test: Callable[[Motion, str], bool]) -> Callable[[Motion], bool]:
    return lambda motion: test(motion, "left") and test(motion, "right")


def _of_side(side: str, other: str) -> tuple[Predicate, ...]:
    sign = 1.0 if side == "left" else -1.0
    return (
        Predicate(f"turns {side}", "direction", lambda motion: sign * turn_degrees(motion) > TURNS_DEGREES),
        Predicate(f"moves to the {side}", "direction", lambda motion: sign * _leftward(motion) > SIDEWAYS_M_S),
        Predicate(
            f"raises the {side} hand, not the {other} one",
            "side",
            lambda motion: _is_raised(motion, side) and _hangs(motion, other),
        ),
        Predicate(
            f"waves the {side} hand, not the {other} one",
            "side",
            lambda motion: _waves(motion, side) and _hangs(motion, other),
        ),
        Predicate(f"kicks with the {side} foot", "body_part", lambda motion: foot_height_m(motion, side) > KICKS_M),
    )


_TABLE = (
    Predicate("moves forward", "direction", lambda motion: _forward(motion) > TRAVELS_M_S),
    Predicate("moves backward", "direction", lambda motion: _forward(motion) < -TRAVELS_M_S),
    Predicate("stays in place", "direction", lambda motion: speed_m_s(motion) < STANDS_M_S),
    *_of_side("left", "right"),
    *_of_side("right", "left"),
    Predicate("raises a hand", "body_part", lambda motion: _is_raised(motion, "left") or _is_raised(motion, "right")),
    Predicate("raises both hands", "body_part", _both(_is_raised)),
    Predicate("waves both hands", "body_part", _both(_waves)),
    Predicate("walks", "action", lambda motion: WALKS_M_S[0] < speed_m_s(motion) < WALKS_M_S[1]),
    Predicate("runs", "action", lambda motion: speed_m_s(motion) > RUNS_M_S),
    Predicate("waves", "action", lambda motion: _waves(motion, "left") or _waves(motion, "right")),
    Predicate("bows", "action", lambda motion: bend_degrees(motion) > BOWS_DEGREES),
    Predicate("runs fast", "speed", lambda motion: speed_m_s(motion) > RUNS_FAST_M_S),
    Predicate("walks slowly", "speed", lambda motion: WALKS_M_S[0] < speed_m_s(motion) < SLOW_WALK_M_S),
    Predicate("walks quickly", "speed", lambda motion: QUICK_WALK_M_S < speed_m_s(motion) < WALKS_M_S[1]),
    Predicate("walks as the old do", "style", lambda motion: speed_m_s(motion) < SLOW_WALK_M_S),
    Predicate("walks as the active do", "style", lambda motion: speed_m_s(motion) > QUICK_WALK_M_S),
    Predicate("runs as the old do", "style", lambda motion: RUNS_M_S < speed_m_s(motion) < SLOW_RUN_M_S),
    Predicate("runs as the active do", "style", lambda motion: speed_m_s(motion) > QUICK_RUN_M_S),
)  # fmt: skip

PREDICATES: Mapping[str, Predicate] = {predicate.name: predicate for predicate in _TABLE}


def _sided(*templates: str) -> Callable[[str, str], tuple[str, ...]]:
    return lambda side, other: tuple(template.format(side=side, other=other) for template in templates)


def _stated_by_content() -> dict[str, tuple[str, ...]]:
    table: dict[str, tuple[str, ...]] = {
        "walk": ("moves forward", "walks"),
        "run": ("moves forward", "runs"),
        "dash": ("moves forward", "runs", "runs fast"),
        "walk-back": ("moves backward", "walks"),
        "wave-both-hands": ("stays in place", "waves both hands", "waves"),
        "byebye": ("stays in place", "raises both hands", "waves"),
        "raise-up-both-hands": ("stays in place", "raises both hands"),
        "bow": ("stays in place", "bows"),
        "respond": ("stays in place", "raises a hand"),
    }
    sided = {
        "walk-{side}": _sided("moves to the {side}", "walks"),
        "walk-turn-{side}": _sided("turns {side}", "moves forward", "walks"),
        "wave-{side}-hand": _sided("waves the {side} hand, not the {other} one", "stays in place", "waves"),
        "raise-up-{side}-hand": _sided("raises the {side} hand, not the {other} one", "stays in place"),
    }
    for content, stated in sided.items():
        for side, other in (("left", "right"), ("right", "left")):
            table[content.format(side=side)] = stated(side, other)
    return table


_BY_CONTENT = _stated_by_content()
_BY_STYLE = {
    ("elderly", "walk"): "walks as the old do", ("active", "walk"): "walks as the active do",
    ("elderly", "run"): "runs as the old do", ("active", "run"): "runs as the active do",
}  # fmt: skip


def stated(content: str, style: str) -> tuple[Predicate, ...]:
    """What a clip's labels state of its motion; nothing for labels that no predicate is about."""
    names = _BY_CONTENT.get(content, ())
    by_style = _BY_STYLE.get((style, content))
    return tuple(PREDICATES[name] for name in (*names, *((by_style,) if by_style else ())))
