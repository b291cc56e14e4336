"""What a body is seen to do, frame by frame: the kinematic captioner's table, each row with its measure and threshold.

An observation says in which frames it holds. Rows know no labels: they work on anybody's motion. Left is where a turn
about +Y goes; rows of a side come in mirrored pairs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from engine.motion import rotations
from engine.motion.motion import Motion
from engine.motion.rotations import Array
from engine.motion.skeleton import BODY, FOOT_JOINTS

_SMOOTHED_S = 0.5
_STANDING_FEET_M = np.array([0.117, 0.042, 0.117, 0.042])  # heels and toes of the body at rest
WALKS_FROM_M_S, RUNS_FROM_M_S = 0.35, 1.1
STANDS_BELOW_M_S = 0.18
FLIGHT_SHARE = 0.08  # of a second of running, in which neither foot is on the ground
DOUBLE_SUPPORT_SHARE = 0.1  # of a second of walking, at least, in which both are
OFF_GROUND_M = 0.035
RUN_STEP_M, RUN_RISES = 0.12, 0.1
SIDEWAYS_DEGREES = 40.0
TURNS_DEGREES_S, TURNS_DEGREES = 25.0, 45.0
ABOVE_ELBOW_M, BELOW_SHOULDER_M, ABOVE_SHOULDER_M = 0.02, 0.07, 0.1
WAVES_HZ, WAVE_RAD = 0.6, 0.1
KICK_M, KICK_M_S = 0.45, 2.5
PUNCH_M_S, PUNCH_REACH = 2.45, 0.96
CROUCH_M, LYING_M, UPRIGHT_M = 0.62, 0.35, 0.72
LYING_DEGREES, BOW_DEGREES = 55.0, 25.0
JUMP_M, JUMP_CLEARANCE_M, LONGEST_FLIGHT_S = 0.2, 0.1, 0.9


@dataclass(frozen=True, eq=False)
class Measures:
    """What the rows are made of, computed once for a motion on BODY; arrays are (N, …) at its frame rate."""

    motion: Motion

    def joint(self, name: str) -> Array:
        """(N, 3) positions of a joint in metres."""
        return np.asarray(self.motion.positions_m[:, BODY.index(name)])

    def smoothed(self, values: Array, seconds: float = _SMOOTHED_S) -> Array:
        """Values (N, …) under a moving mean, the ends held."""
        width = max(1, min(int(seconds * self.motion.fps), len(values))) | 1
        padded = np.pad(values, [(width // 2, width // 2)] + [(0, 0)] * (values.ndim - 1), mode="edge")
        sums = np.cumsum(np.concatenate([np.zeros((1, *values.shape[1:])), padded]), axis=0)
        return np.asarray((sums[width:] - sums[:-width]) / width)

    @cached_property
    def velocity_m_s(self) -> Array:
        """(N, 2) of the root: to the left and forward as the body faces, smoothed over half a second."""
        heading = rotations.heading(self.motion.local_rotations_wxyz[:, 0])
        change = np.gradient(self.motion.root_translation_m, axis=0) * self.motion.fps
        return self.smoothed(rotations.rotate(rotations.inverse(heading), change)[:, [0, 2]])

    @cached_property
    def speed_m_s(self) -> Array:
        return np.asarray(np.linalg.norm(self.velocity_m_s, axis=1))

    @cached_property
    def turning_degrees_s(self) -> Array:
        """(N,) of the heading, to the left positive, smoothed over a second: hips swing with every step."""
        forward = rotations.rotate(self.motion.local_rotations_wxyz[:, 0], np.array([0.0, 0.0, 1.0]))
        angle = np.unwrap(np.arctan2(forward[:, 0], forward[:, 2]))
        return self.smoothed(np.degrees(np.gradient(angle)) * self.motion.fps, 1.0)

    @cached_property
    def pelvis_m(self) -> Array:
        return self.joint("pelvis")[:, 1]

    @cached_property
    def lean_degrees(self) -> Array:
        """(N,) of the trunk from upright."""
        trunk = rotations.normalize(self.joint("neck") - self.joint("pelvis"))
        return np.asarray(np.degrees(np.arccos(np.clip(trunk[:, 1], -1.0, 1.0))))

    @cached_property
    def clearance_m(self) -> Array:
        """(N, 2) how far above standing the lower of heel and toe is, of the left and the right foot."""
        feet = self.motion.positions_m[:, FOOT_JOINTS, 1] - _STANDING_FEET_M
        return np.asarray(feet.reshape(-1, 2, 2).min(axis=2))

    @cached_property
    def is_in_the_air(self) -> Array:
        """(N,) both feet off the ground."""
        return np.asarray((self.clearance_m > OFF_GROUND_M).all(axis=1))

    @cached_property
    def is_on_both_feet(self) -> Array:
        return np.asarray((self.clearance_m <= OFF_GROUND_M).all(axis=1))

    @cached_property
    def stride_m(self) -> Array:
        """(N,) how far the feet are apart along the body's front, on average over a second."""
        return self.smoothed(np.abs(self.ahead_m("left_ankle") - self.ahead_m("right_ankle")), 1.0)

    @cached_property
    def rises_with_stride(self) -> Array:
        """(N,) of −1 to 1: how the pelvis' height goes with the feet's distance along the body's front, over a second.

        Who walks is highest while one foot passes the other, who runs while they are apart.
        """
        apart = np.abs(self.ahead_m("left_ankle") - self.ahead_m("right_ankle"))
        apart, height = (values - self.smoothed(values, 1.0) for values in (apart, self.pelvis_m))
        spread = self.smoothed(apart**2, 1.0) * self.smoothed(height**2, 1.0)
        return np.asarray(self.smoothed(apart * height, 1.0) / np.sqrt(spread + 1e-12))

    def is_raised(self, side: str) -> Array:
        """(N,) the wrist above the elbow and about as high as the shoulder, in a body that is upright.

        In a gait it must be higher: arms swing, and some carry them spread.
        """
        wrist, elbow, shoulder = (self.joint(f"{side}_{joint}")[:, 1] for joint in ("wrist", "elbow", "shoulder"))
        least = np.where(self.speed_m_s > WALKS_FROM_M_S, ABOVE_SHOULDER_M, -BELOW_SHOULDER_M)
        return np.asarray((wrist > elbow + ABOVE_ELBOW_M) & (wrist > shoulder + least) & self.is_upright)

    def ahead_m(self, name: str) -> Array:
        """(N,) how far a joint is before the pelvis, as the body faces."""
        heading = rotations.heading(self.motion.local_rotations_wxyz[:, 0])
        return np.asarray(rotations.rotate(rotations.inverse(heading), self.joint(name) - self.joint("pelvis"))[:, 2])

    @cached_property
    def is_upright(self) -> Array:
        return np.asarray((self.pelvis_m > UPRIGHT_M) & (self.lean_degrees < LYING_DEGREES))


Frames = Callable[[Measures], Array]


@dataclass(frozen=True)
class Observation:
    """A row: actions (base forms), and in which frames (N,) of bool it is seen.

    shortest_s: runs that are shorter are none. joints: those that do it; all others may do something else meanwhile.
    """

    name: str
    actions: tuple[str, ...]
    frames: Frames
    shortest_s: float
    joints: tuple[str, ...] = field(default=("pelvis",))


def _gait(measures: Measures) -> Array:
    return measures.is_upright & (measures.speed_m_s > WALKS_FROM_M_S)


def _is_running(measures: Measures) -> Array:
    """Fast, highest while the feet are apart, and either in the air between the steps or never on both feet.

    Hops, whose feet go together, are none.
    """
    flight, double = (
        measures.smoothed(flags.astype(np.float64), 1.0) for flags in (measures.is_in_the_air, measures.is_on_both_feet)
    )
    has_run_s_feet = (flight > FLIGHT_SHARE) | (double < DOUBLE_SUPPORT_SHARE)
    bounces = (measures.rises_with_stride > RUN_RISES) & (measures.stride_m > RUN_STEP_M)
    return _gait(measures) & (measures.speed_m_s > RUNS_FROM_M_S) & has_run_s_feet & bounces


def _walking(centre_degrees: float) -> Frames:
    """Walking in a direction: 0 is ahead, 90 to the left."""

    def frames(measures: Measures) -> Array:
        left, ahead = measures.velocity_m_s.T
        angle = np.degrees(np.arctan2(left, ahead))
        apart = np.abs((angle - centre_degrees + 180.0) % 360.0 - 180.0)
        is_sideways = centre_degrees in (90.0, -90.0)
        sector = 90.0 - SIDEWAYS_DEGREES if is_sideways else SIDEWAYS_DEGREES
        is_other = _is_running(measures) | _jumping(measures)
        if is_sideways:  # who turns on the way is carried sideways for a moment
            is_other |= np.abs(measures.turning_degrees_s) > TURNS_DEGREES_S
        return _gait(measures) & ~is_other & (apart < sector)

    return frames


def _turning(sign: float) -> Frames:
    def frames(measures: Measures) -> Array:
        is_turning = (sign * measures.turning_degrees_s > TURNS_DEGREES_S) & measures.is_upright
        kept = np.zeros_like(is_turning)
        for start, end in runs(is_turning):
            if np.abs(measures.turning_degrees_s[start:end]).sum() / measures.motion.fps > TURNS_DEGREES:
                kept[start:end] = True
        return kept

    return frames


def _waving(measures: Measures, side: str) -> Array:
    """A raised forearm that goes to and fro: runs of being raised with enough turning points in them."""
    raised = measures.is_raised(side)
    forearm = measures.joint(f"{side}_wrist") - measures.joint(f"{side}_elbow")
    heading = rotations.heading(measures.motion.local_rotations_wxyz[:, 0])
    across = rotations.rotate(rotations.inverse(heading), forearm)
    angle = np.arctan2(across[:, 0], across[:, 1])
    kept = np.zeros_like(raised)
    for start, end in runs(raised):
        points = _turning_points(np.unwrap(angle[start:end]))
        if points >= 4 and points >= 2 * WAVES_HZ * (end - start) / measures.motion.fps:
            kept[start:end] = True
    return kept


def _turning_points(angle: Array) -> int:
    """How often an angle (N,) turns back after having gone at least WAVE_RAD."""
    count, low, high, direction = 0, angle[0], angle[0], 0
    for value in angle:
        low, high = min(low, value), max(high, value)
        if direction >= 0 and high - value > WAVE_RAD:
            count, direction, low = count + (direction > 0), -1, value
            high = value
        elif direction <= 0 and value - low > WAVE_RAD:
            count, direction, high = count + (direction < 0), 1, value
            low = value
    return count


def _kicking(measures: Measures, side: str) -> Array:
    """A foot high and fast, the other one on the ground; the leg stretches out."""
    other = "right" if side == "left" else "left"
    foot, ankle, hip = (measures.joint(f"{side}_{joint}") for joint in ("foot", "ankle", "hip"))
    speed = np.linalg.norm(np.gradient(foot, axis=0), axis=1) * measures.motion.fps
    reach = np.linalg.norm(ankle - hip, axis=1) / 0.801
    stands = measures.joint(f"{other}_ankle")[:, 1] < 0.25
    before = measures.ahead_m(f"{side}_foot") > 0.2
    high = (foot[:, 1] > KICK_M) & stands & before & measures.is_upright & ~_is_running(measures)
    kept = np.zeros(len(high), dtype=bool)
    for start, end in runs(high):
        around = slice(max(0, start - 6), end + 3)
        if speed[around].max() > KICK_M_S and reach[start:end].max() > 0.85:
            kept[around] = True
    return kept


def _punching(measures: Measures, side: str) -> Array:
    """A wrist that shoots out at breast or head height until the arm is nearly straight."""
    wrist, shoulder = measures.joint(f"{side}_wrist"), measures.joint(f"{side}_shoulder")
    reach = np.linalg.norm(wrist - shoulder, axis=1)
    outward = np.gradient(reach) * measures.motion.fps
    level = np.abs(wrist[:, 1] - shoulder[:, 1]) < 0.28
    kept = np.zeros(len(reach), dtype=bool)
    for start, end in runs(outward > PUNCH_M_S):
        after = slice(start, min(end + 4, len(reach)))
        if reach[after].max() > PUNCH_REACH * 0.466 and level[after].all():
            kept[max(0, start - 3) : end + 6] = True
    return kept


def _jumping(measures: Measures) -> Array:
    """Both feet off the ground and the pelvis thrown up; a run's flights are too low for it."""
    kept = np.zeros(len(measures.pelvis_m), dtype=bool)
    padding = int(0.3 * measures.motion.fps)
    for start, end in runs(measures.is_in_the_air & measures.is_upright & ~_is_running(measures)):
        around = slice(max(0, start - padding), end + padding)
        rise = measures.pelvis_m[start:end].max() - measures.pelvis_m[around].min()
        clearance = measures.clearance_m[start:end].min(axis=1).max()
        is_high = clearance > JUMP_CLEARANCE_M and measures.pelvis_m[start:end].max() > BODY.rest_offsets[0][1]
        if is_high and rise > JUMP_M and 0.1 <= (end - start) / measures.motion.fps <= LONGEST_FLIGHT_S:
            kept[around] = True
    return kept


def _is_lying(measures: Measures) -> Array:
    return (measures.pelvis_m < LYING_M) & (measures.lean_degrees > LYING_DEGREES)


def _passage(before: Frames, after: Frames, longest_s: float = 4.0) -> Frames:
    """The frames from the end of one state to the beginning of another that follows it."""

    def frames(measures: Measures) -> Array:
        kept = np.zeros(len(measures.motion), dtype=bool)
        begins = [start for start, _ in runs(after(measures))]
        for _, end in runs(before(measures)):
            start = next((begin for begin in begins if begin >= end), None)
            if start is not None and (start - end) / measures.motion.fps < longest_s:
                kept[end : start + 1] = True
        return kept

    return frames


def _is_up(measures: Measures) -> Array:
    return measures.is_upright


def _crouching(measures: Measures) -> Array:
    knees = 0.5 * (measures.joint("left_knee")[:, 1] + measures.joint("right_knee")[:, 1])
    return (measures.pelvis_m < CROUCH_M) & ~_is_lying(measures) & (measures.lean_degrees < 60.0) & (knees > 0.2)


def _bowing(measures: Measures) -> Array:
    forward = (measures.joint("neck") - measures.joint("pelvis")) * np.array([1.0, 0.0, 1.0])
    heading = rotations.heading(measures.motion.local_rotations_wxyz[:, 0])
    ahead = rotations.rotate(rotations.inverse(heading), forward)[:, 2] > 0.1
    still = measures.speed_m_s < STANDS_BELOW_M_S
    bent = (measures.lean_degrees > BOW_DEGREES) & (measures.pelvis_m > 0.78) & ahead & still
    hands = np.stack([measures.joint(f"{side}_wrist")[:, 1] for side in ("left", "right")])
    busy = measures.is_raised("left") | measures.is_raised("right") | (hands.min(axis=0) < 0.4)
    kept = np.zeros_like(bent)
    for start, end in runs(bent):
        kept[start:end] = not busy[max(0, start - 15) : end + 15].any()
    return kept


def _standing(measures: Measures) -> Array:
    return measures.is_upright & (measures.speed_m_s < STANDS_BELOW_M_S)


def _hand(side: str, other: str, seen: Callable[[Measures, str], Array]) -> Frames:
    """What one hand does while the other one hangs."""
    return lambda measures: seen(measures, side) & ~measures.is_raised(other)


def _raising(measures: Measures, side: str) -> Array:
    """Raised, but neither to and fro nor from the first frame to the last: that is how someone carries an arm."""
    raised = measures.is_raised(side)
    return raised & ~_waving(measures, side) & (not raised.all())


def _both(seen: Callable[[Measures, str], Array]) -> Frames:
    return lambda measures: seen(measures, "left") & seen(measures, "right")


def _arm(*sides: str) -> tuple[str, ...]:
    return tuple(f"{side}_{joint}" for side in sides for joint in ("collar", "shoulder", "elbow", "wrist"))


def _of_side(side: str, other: str) -> tuple[Observation, ...]:
    sign = 1.0 if side == "left" else -1.0
    return (
        Observation(f"walks to the {side}", (f"walk sideways to the {side}", f"step to the {side}"),
                    _walking(sign * 90.0), 0.5),
        Observation(f"turns {side}", (f"turn {side}", f"turn to the {side}"), _turning(sign), 0.3),
        Observation(f"waves the {side} hand", (f"wave {{the}} {side} hand", f"wave with {{the}} {side} hand"),
                    _hand(side, other, _waving), 0.6, _arm(side)),
        Observation(f"raises the {side} hand", (f"raise {{the}} {side} hand", f"lift {{the}} {side} hand"),
                    _hand(side, other, _raising), 0.35, _arm(side)),
        Observation(f"kicks with the {side} leg", (f"kick with the {side} leg", f"kick with {{the}} {side} foot"),
                    lambda m: _kicking(m, side), 0.1, (f"{side}_hip", f"{side}_knee", f"{side}_ankle", f"{side}_foot")),
        Observation(f"punches with the {side} hand", (f"punch with {{the}} {side} hand", f"throw a {side} punch"),
                    lambda m: _punching(m, side), 0.1, _arm(side)),
    )  # fmt: skip


OBSERVATIONS: tuple[Observation, ...] = (
    Observation("stands", ("stand still", "stand"), _standing, 0.5),
    Observation("walks forward", ("walk forward", "walk", "walk ahead"), _walking(0.0), 0.8),
    Observation("walks backward", ("walk backward", "step back"), _walking(180.0), 0.5),
    Observation("runs", ("run", "run forward", "jog"), _is_running, 0.5),
    *_of_side("left", "right"),
    *_of_side("right", "left"),
    Observation("waves both hands", ("wave both hands", "wave with both hands"), _both(_waving), 0.6,
                _arm("left", "right")),
    Observation("raises both hands", ("raise both hands", "lift both arms"), _both(_raising), 0.35,
                _arm("left", "right")),
    Observation("bows", ("bow", "bend forward"), _bowing, 0.4, ("spine1", "spine2", "spine3")),
    Observation("crouches", ("crouch", "squat down"), _crouching, 0.2),
    Observation("jumps", ("jump", "make a jump"), _jumping, 0.1),
    Observation("lies", ("lie on the floor", "lie on the ground"), _is_lying, 0.5),
    Observation("lies down", ("lie down", "get down on the floor"), _passage(_is_up, _is_lying), 0.3),
    Observation("gets up", ("get up from the floor", "stand up from the floor"), _passage(_is_lying, _is_up), 0.3),
)  # fmt: skip


def runs(flags: Array) -> Iterator[tuple[int, int]]:
    """The stretches [start, end) of True in flags (N,)."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(int)))
    yield from zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)


@dataclass(frozen=True)
class Seen:
    """An observation that holds in the frames [start, end)."""

    observation: Observation
    start: int
    end: int


def observed(motion: Motion) -> list[Seen]:
    """All that is seen in a motion on BODY, by its beginning; runs that are too short for their row are left out."""
    measures = Measures(motion)
    seen = [
        Seen(row, start, end)
        for row in OBSERVATIONS
        for start, end in runs(row.frames(measures))
        if end - start >= row.shortest_s * motion.fps
    ]
    return sorted(seen, key=lambda one: (one.start, -one.end))
