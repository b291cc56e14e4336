"""What a motion does: the one table of predicates, each with its measures and thresholds.

A row reads a motion in two ways. As a whole: `holds`, lenient, so that every clip whose labels state it fulfils it, and
those whose labels deny it don't; obedience is counted by it. Frame by frame: `seen`, strict, so that what is said of
motion without a word is right; captions and frame labels are made of it. A row may have one of them alone: frames tell
nothing of a mean speed. Rows of a side come in mirrored pairs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from engine.motion.motion import Motion
from training.data import observations as seen_in
from training.data.measures import (
    Measures,
    bend_degrees,
    foot_height_m,
    heading_velocity_m_s,
    raised_share,
    runs,
    shoulder_high_share,
    speed_m_s,
    standing_share,
    sways,
    turn_degrees,
)
from training.data.observations import Observation, arm, both, hand

Kind = Literal["direction", "side", "speed", "body_part", "action", "style"]
KINDS: tuple[Kind, ...] = ("direction", "side", "speed", "body_part", "action", "style")

TRAVELS_M_S = 0.2
TURNS_DEGREES = seen_in.TURNS_DEGREES
SIDEWAYS_M_S = 0.12
WALKS_M_S = (0.4, 2.0)
RUNS_M_S = seen_in.RUNS_FROM_M_S
RUNS_FAST_M_S = 2.3
SLOW_WALK_M_S, QUICK_WALK_M_S = 1.05, 1.25
SLOW_RUN_M_S, QUICK_RUN_M_S = 2.2, 2.75
RAISED_SHARE = 0.25  # of the frames, in which a wrist is up, where that hand is raised
HANGING_SHARE = 0.1
BOWS_DEGREES = 22.0
KICKS_M = 0.4
STANDS_M_S = 0.25
_ON_THE_GROUND, _CARTOON = "keeps a foot on the ground", "cartoon"
STANDING_SHARE = 0.7  # of the frames of a walk, in which a foot stands: who hops or slides has less than 0.4


@dataclass(frozen=True)
class Predicate:
    """name: what is stated, as a sentence without a subject. kind: of the words that it is the meaning of.

    holds: whether a motion as a whole does it. seen: how it is seen in single frames; None where it is not.
    """

    name: str
    kind: Kind
    holds: Callable[[Motion], bool]
    seen: Observation | None = None

    @classmethod
    def wherever_seen(cls, kind: Kind, seen: Observation) -> Predicate:
        """A row whose motion as a whole does what is seen somewhere in it."""
        return cls(seen.name, kind, lambda motion: bool(_seen(seen, Measures(motion))), seen)


def _forward(motion: Motion) -> float:
    return float(heading_velocity_m_s(motion)[:, 1].mean())


def _leftward(motion: Motion) -> float:
    return float(heading_velocity_m_s(motion)[:, 0].mean())


def _swings_bent(motion: Motion) -> bool:
    """In a quick gait arms swing with bent elbows, so that only a wrist as high as its shoulder tells of a purpose."""
    return speed_m_s(motion) > QUICK_WALK_M_S


def _is_raised(motion: Motion, side: str) -> bool:
    share = shoulder_high_share if _swings_bent(motion) else raised_share
    return share(motion, side) > RAISED_SHARE


def _waves(motion: Motion, side: str) -> bool:
    return _is_raised(motion, side) and sways(motion, side)


def _is_idle(motion: Motion, side: str) -> bool:
    """Whether an arm hangs; or swings, in a quick gait, without being raised."""
    if _swings_bent(motion):
        return not _is_raised(motion, side)
    return raised_share(motion, side) < HANGING_SHARE


def _with_both(test: Callable[[Motion, str], bool]) -> Callable[[Motion], bool]:
    return lambda motion: test(motion, "left") and test(motion, "right")


def _of_side(side: str, other: str) -> tuple[Predicate, ...]:
    sign = 1.0 if side == "left" else -1.0
    leg = tuple(f"{side}_{joint}" for joint in ("hip", "knee", "ankle", "foot"))
    return (
        Predicate(
            f"turns {side}", "direction", lambda motion: sign * turn_degrees(motion) > TURNS_DEGREES,
            Observation(f"turns {side}", (f"turn {side}", f"turn to the {side}"), seen_in.turning(sign), 0.3),
        ),
        Predicate(
            f"moves to the {side}", "direction", lambda motion: sign * _leftward(motion) > SIDEWAYS_M_S,
            Observation(f"walks to the {side}", (f"walk sideways to the {side}", f"step to the {side}"),
                        seen_in.walking(sign * 90.0), 0.5),
        ),
        Predicate(
            f"raises the {side} hand, not the {other} one", "side",
            lambda motion: _is_raised(motion, side) and _is_idle(motion, other),
            Observation(f"raises the {side} hand", (f"raise {{the}} {side} hand", f"lift {{the}} {side} hand"),
                        hand(side, other, seen_in.raising), 0.35, arm(side)),
        ),
        Predicate(
            f"waves the {side} hand, not the {other} one", "side",
            lambda motion: _waves(motion, side) and _is_idle(motion, other),
            Observation(f"waves the {side} hand", (f"wave {{the}} {side} hand", f"wave with {{the}} {side} hand"),
                        hand(side, other, seen_in.waving), 0.6, arm(side)),
        ),
        Predicate(
            f"kicks with the {side} foot", "body_part", lambda motion: foot_height_m(motion, side) > KICKS_M,
            Observation(f"kicks with the {side} leg", (f"kick with the {side} leg", f"kick with {{the}} {side} foot"),
                        lambda measures: seen_in.kicking(measures, side), 0.1, leg),
        ),
        Predicate.wherever_seen(
            "body_part",
            Observation(f"punches with the {side} hand", (f"punch with {{the}} {side} hand", f"throw a {side} punch"),
                        lambda measures: seen_in.punching(measures, side), 0.1, arm(side)),
        ),
    )  # fmt: skip


_TABLE = (
    Predicate("stays in place", "direction", lambda motion: speed_m_s(motion) < STANDS_M_S,
              Observation("stands", ("stand still", "stand"), seen_in.standing, 0.5)),
    Predicate("moves forward", "direction", lambda motion: _forward(motion) > TRAVELS_M_S,
              Observation("walks forward", ("walk forward", "walk", "walk ahead"), seen_in.walking(0.0), 0.8)),
    Predicate("moves backward", "direction", lambda motion: _forward(motion) < -TRAVELS_M_S,
              Observation("walks backward", ("walk backward", "step back"), seen_in.walking(180.0), 0.5)),
    Predicate("runs", "action", lambda motion: speed_m_s(motion) > RUNS_M_S,
              Observation("runs", ("run", "run forward", "jog"), seen_in.is_running, 0.5)),
    *_of_side("left", "right"),
    *_of_side("right", "left"),
    Predicate("waves both hands", "body_part", _with_both(_waves),
              Observation("waves both hands", ("wave both hands", "wave with both hands"), both(seen_in.waving), 0.6,
                          arm("left", "right"))),
    Predicate("raises both hands", "body_part", _with_both(_is_raised),
              Observation("raises both hands", ("raise both hands", "lift both arms"), both(seen_in.raising), 0.35,
                          arm("left", "right"))),
    Predicate("bows", "action", lambda motion: bend_degrees(motion) > BOWS_DEGREES,
              Observation("bows", ("bow", "bend forward"), seen_in.bowing, 0.4, ("spine1", "spine2", "spine3"))),
    Predicate.wherever_seen("action", Observation("crouches", ("crouch", "squat down"), seen_in.crouching, 0.2)),
    Predicate.wherever_seen("action", Observation("jumps", ("jump", "make a jump"), seen_in.jumping, 0.1)),
    Predicate.wherever_seen("action", Observation("lies", ("lie on the floor", "lie on the ground"),
                                                  seen_in.is_lying, 0.5)),
    Predicate.wherever_seen("action", Observation("lies down", ("lie down", "get down on the floor"),
                                                  seen_in.passage(seen_in.is_up, seen_in.is_lying), 0.3)),
    Predicate.wherever_seen("action", Observation("gets up", ("get up from the floor", "stand up from the floor"),
                                                  seen_in.passage(seen_in.is_lying, seen_in.is_up), 0.3)),
    Predicate("raises a hand", "body_part", lambda motion: _is_raised(motion, "left") or _is_raised(motion, "right")),
    Predicate("walks", "action", lambda motion: WALKS_M_S[0] < speed_m_s(motion) < WALKS_M_S[1]),
    Predicate(_ON_THE_GROUND, "action", lambda motion: standing_share(motion) > STANDING_SHARE),
    Predicate("waves", "action", lambda motion: _waves(motion, "left") or _waves(motion, "right")),
    Predicate("runs fast", "speed", lambda motion: speed_m_s(motion) > RUNS_FAST_M_S),
    Predicate("walks slowly", "speed", lambda motion: WALKS_M_S[0] < speed_m_s(motion) < SLOW_WALK_M_S),
    Predicate("walks quickly", "speed", lambda motion: QUICK_WALK_M_S < speed_m_s(motion) < WALKS_M_S[1]),
    Predicate("walks as the old do", "style", lambda motion: speed_m_s(motion) < SLOW_WALK_M_S),
    Predicate("walks as the active do", "style", lambda motion: speed_m_s(motion) > QUICK_WALK_M_S),
    Predicate("runs as the old do", "style", lambda motion: RUNS_M_S < speed_m_s(motion) < SLOW_RUN_M_S),
    Predicate("runs as the active do", "style", lambda motion: speed_m_s(motion) > QUICK_RUN_M_S),
)  # fmt: skip

PREDICATES: Mapping[str, Predicate] = {predicate.name: predicate for predicate in _TABLE}
OBSERVATIONS: tuple[Observation, ...] = tuple(row.seen for row in _TABLE if row.seen is not None)
"""The rows that single frames tell."""


@dataclass(frozen=True)
class Seen:
    """An observation that holds in the frames [start, end)."""

    observation: Observation
    start: int
    end: int


def observed(motion: Motion) -> list[Seen]:
    """All that is seen in a motion on BODY, by its beginning; runs that are too short for their row are left out."""
    measures = Measures(motion)
    found = [one for observation in OBSERVATIONS for one in _seen(observation, measures)]
    return sorted(found, key=lambda one: (one.start, -one.end))


def _seen(observation: Observation, measures: Measures) -> list[Seen]:
    shortest = observation.shortest_s * measures.motion.fps
    stretches = runs(observation.frames(measures))
    return [Seen(observation, start, end) for start, end in stretches if end - start >= shortest]


def _sided(*templates: str) -> Callable[[str, str], tuple[str, ...]]:
    return lambda side, other: tuple(template.format(side=side, other=other) for template in templates)


def _stated_by_content() -> dict[str, tuple[str, ...]]:
    table: dict[str, tuple[str, ...]] = {
        "walk": ("moves forward", "walks", _ON_THE_GROUND),
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
    if content == "walk" and style == _CARTOON:  # which bounces
        names = tuple(name for name in names if name != _ON_THE_GROUND)
    by_style = _BY_STYLE.get((style, content))
    return tuple(PREDICATES[name] for name in (*names, *((by_style,) if by_style else ())))
