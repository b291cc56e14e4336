"""What a body is surely seen to do, frame by frame: how each row of the table of predicates is told from the rest.

These know no labels: they work on anybody's motion. What they say must be right, so each leaves doubtful frames out.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from engine.motion import rotations
from engine.motion.rotations import Array
from engine.motion.skeleton import BODY
from training.data.measures import LYING_DEGREES, WALKS_FROM_M_S, Measures, runs

RUNS_FROM_M_S = 1.1
STANDS_BELOW_M_S = 0.18
FLIGHT_SHARE = 0.08  # of a second of running, in which neither foot is on the ground
DOUBLE_SUPPORT_SHARE = 0.1  # of a second of walking, at least, in which both are
RUN_STEP_M, RUN_RISES = 0.12, 0.1
SIDEWAYS_DEGREES = 40.0
TURNS_DEGREES_S, TURNS_DEGREES = 25.0, 45.0
WAVES_HZ, WAVE_RAD = 0.6, 0.1
KICK_M, KICK_M_S = 0.45, 2.5
PUNCH_M_S, PUNCH_REACH = 2.45, 0.96
CROUCH_M, LYING_M = 0.62, 0.35
BOW_DEGREES = 25.0
JUMP_M, JUMP_CLEARANCE_M, LONGEST_FLIGHT_S = 0.2, 0.1, 0.9

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


def is_running(measures: Measures) -> Array:
    """Fast, highest while the feet are apart, and either in the air between the steps or never on both feet.

    Hops, whose feet go together, are none.
    """
    flight, double = (
        measures.smoothed(flags.astype(np.float64), 1.0) for flags in (measures.is_in_the_air, measures.is_on_both_feet)
    )
    has_run_s_feet = (flight > FLIGHT_SHARE) | (double < DOUBLE_SUPPORT_SHARE)
    bounces = (measures.rises_with_stride > RUN_RISES) & (measures.stride_m > RUN_STEP_M)
    return _gait(measures) & (measures.speed_m_s > RUNS_FROM_M_S) & has_run_s_feet & bounces


def walking(centre_degrees: float) -> Frames:
    """Walking in a direction: 0 is ahead, 90 to the left."""

    def frames(measures: Measures) -> Array:
        left, ahead = measures.velocity_m_s.T
        angle = np.degrees(np.arctan2(left, ahead))
        apart = np.abs((angle - centre_degrees + 180.0) % 360.0 - 180.0)
        is_sideways = centre_degrees in (90.0, -90.0)
        sector = 90.0 - SIDEWAYS_DEGREES if is_sideways else SIDEWAYS_DEGREES
        is_other = is_running(measures) | jumping(measures)
        if is_sideways:  # who turns on the way is carried sideways for a moment
            is_other |= np.abs(measures.turning_degrees_s) > TURNS_DEGREES_S
        return _gait(measures) & ~is_other & (apart < sector)

    return frames


def turning(sign: float) -> Frames:
    def frames(measures: Measures) -> Array:
        is_turning = (sign * measures.turning_degrees_s > TURNS_DEGREES_S) & measures.is_upright
        kept = np.zeros_like(is_turning)
        for start, end in runs(is_turning):
            if np.abs(measures.turning_degrees_s[start:end]).sum() / measures.motion.fps > TURNS_DEGREES:
                kept[start:end] = True
        return kept

    return frames


def waving(measures: Measures, side: str) -> Array:
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


def kicking(measures: Measures, side: str) -> Array:
    """A foot high and fast, the other one on the ground; the leg stretches out."""
    other = "right" if side == "left" else "left"
    foot, ankle, hip = (measures.joint(f"{side}_{joint}") for joint in ("foot", "ankle", "hip"))
    speed = np.linalg.norm(np.gradient(foot, axis=0), axis=1) * measures.motion.fps
    reach = np.linalg.norm(ankle - hip, axis=1) / 0.801
    stands = measures.joint(f"{other}_ankle")[:, 1] < 0.25
    before = measures.ahead_m(f"{side}_foot") > 0.2
    high = (foot[:, 1] > KICK_M) & stands & before & measures.is_upright & ~is_running(measures)
    kept = np.zeros(len(high), dtype=bool)
    for start, end in runs(high):
        around = slice(max(0, start - 6), end + 3)
        if speed[around].max() > KICK_M_S and reach[start:end].max() > 0.85:
            kept[around] = True
    return kept


def punching(measures: Measures, side: str) -> Array:
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


def jumping(measures: Measures) -> Array:
    """Both feet off the ground and the pelvis thrown up; a run's flights are too low for it."""
    kept = np.zeros(len(measures.pelvis_m), dtype=bool)
    padding = int(0.3 * measures.motion.fps)
    for start, end in runs(measures.is_in_the_air & measures.is_upright & ~is_running(measures)):
        around = slice(max(0, start - padding), end + padding)
        rise = measures.pelvis_m[start:end].max() - measures.pelvis_m[around].min()
        clearance = measures.clearance_m[start:end].min(axis=1).max()
        is_high = clearance > JUMP_CLEARANCE_M and measures.pelvis_m[start:end].max() > BODY.rest_offsets[0][1]
        if is_high and rise > JUMP_M and 0.1 <= (end - start) / measures.motion.fps <= LONGEST_FLIGHT_S:
            kept[around] = True
    return kept


def is_lying(measures: Measures) -> Array:
    return (measures.pelvis_m < LYING_M) & (measures.lean_degrees > LYING_DEGREES)


def passage(before: Frames, after: Frames, longest_s: float = 4.0) -> Frames:
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


def is_up(measures: Measures) -> Array:
    return measures.is_upright


def crouching(measures: Measures) -> Array:
    knees = 0.5 * (measures.joint("left_knee")[:, 1] + measures.joint("right_knee")[:, 1])
    return (measures.pelvis_m < CROUCH_M) & ~is_lying(measures) & (measures.lean_degrees < 60.0) & (knees > 0.2)


def bowing(measures: Measures) -> Array:
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


def standing(measures: Measures) -> Array:
    return measures.is_upright & (measures.speed_m_s < STANDS_BELOW_M_S)


def hand(side: str, other: str, seen: Callable[[Measures, str], Array]) -> Frames:
    """What one hand does while the other one hangs."""
    return lambda measures: seen(measures, side) & ~measures.is_raised(other)


def raising(measures: Measures, side: str) -> Array:
    """Raised, but neither to and fro nor from the first frame to the last: that is how someone carries an arm."""
    raised = measures.is_raised(side)
    return raised & ~waving(measures, side) & (not raised.all())


def both(seen: Callable[[Measures, str], Array]) -> Frames:
    return lambda measures: seen(measures, "left") & seen(measures, "right")


def arm(*sides: str) -> tuple[str, ...]:
    return tuple(f"{side}_{joint}" for side in sides for joint in ("collar", "shoulder", "elbow", "wrist"))
