"""A motion made to repeat: cut where it comes back to how it began, and led over into its own beginning."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..errors import AddonError
from .edits import heading_rad, hip_centers_m, moved
from .rotations import Array, about_axis, slerp, turn
from .source import LOOP, SourceMotion

_LEAD_SECONDS = 0.35
_SHORTEST_SECONDS = 1.0
_PACE_SECONDS = 0.15  # how long a difference of speed counts as one of place
_UP = np.array([0.0, 1.0, 0.0])


def looped(motion: SourceMotion) -> SourceMotion:
    """The motion up to the frame, in its second half, from which it goes on most as it began; that one is the last.

    The last frame shows the pose of the first; travel over the ground and turning go on from one round to the next.
    Over the first third of a second it passes from how it went on after the last frame to how it was. AddonError for
    motions of less than a second.
    """
    if len(motion) - 1 < _SHORTEST_SECONDS * motion.fps:
        raise AddonError("A motion of less than a second can't be looped; take a longer one.")
    lead = max(2, round(_LEAD_SECONDS * motion.fps))
    last = _best_end(motion, lead)
    ending, beginning = _frames(motion, last, last + lead), _frames(motion, 0, lead)
    middle = lead // 2
    ending = _onto(ending, middle, beginning, middle)
    share = np.arange(lead) / lead
    share = share * share * (3.0 - 2.0 * share)
    led = replace(
        beginning,
        local_rotations_wxyz=slerp(ending.local_rotations_wxyz, beginning.local_rotations_wxyz, share[:, None]),
        root_translation_m=_mixed(ending.root_translation_m, beginning.root_translation_m, share),
        foot_contacts=_mixed(ending.foot_contacts, beginning.foot_contacts, share).round(),
    )
    loop = _joined(led, _frames(motion, lead, last + 1))
    return replace(loop, meta={**motion.meta, LOOP: True})


def with_rounds_around(loop: SourceMotion, seconds: float) -> tuple[SourceMotion, int]:
    """The loop with the end of the round before and the beginning of the round after; how many frames come before.

    What is worked out with a view to the frames around then goes on from the last frame into the first.
    """
    count = min(round(seconds * loop.fps), len(loop) - 1)
    before = _onto(_frames(loop, len(loop) - 1 - count, len(loop)), -1, loop, 0)
    after = _onto(_frames(loop, 0, count + 1), 0, loop, -1)
    whole = _joined(_frames(before, 0, count), _joined(loop, _frames(after, 1, count + 1)))
    return whole, count


def _onto(motion: SourceMotion, frame: int, other: SourceMotion, onto: int) -> SourceMotion:
    """The motion moved so that in `frame` it stands and faces as the other does in `onto`."""
    by = heading_rad(other)[onto] - heading_rad(motion)[frame]
    return moved(motion, by, hip_centers_m(motion)[frame], hip_centers_m(other)[onto])


def _best_end(motion: SourceMotion, lead: int) -> int:
    """The frame after which `lead` frames are most like the first ones, seen from where the character is and faces."""
    yaw = about_axis(_UP, -heading_rad(motion))
    centers = hip_centers_m(motion) * np.array([1.0, 0.0, 1.0])
    places = turn(yaw[:, None], motion.positions_m - centers[:, None])
    speeds = np.gradient(places, axis=0) * motion.fps * _PACE_SECONDS
    travel = turn(yaw, np.gradient(centers, axis=0)) * motion.fps * _PACE_SECONDS
    shown = np.concatenate([places, speeds, travel[:, None]], axis=1)
    first = min(max(2 * lead, len(motion) // 2), len(motion) - lead)
    ends = range(first, len(motion) - lead + 1)
    costs = [float(np.mean((shown[end : end + lead] - shown[:lead]) ** 2)) for end in ends]
    return first + int(np.argmin(costs))


def _frames(motion: SourceMotion, start: int, end: int) -> SourceMotion:
    return replace(
        motion,
        local_rotations_wxyz=motion.local_rotations_wxyz[start:end],
        root_translation_m=motion.root_translation_m[start:end],
        foot_contacts=motion.foot_contacts[start:end],
    )


def _joined(one: SourceMotion, other: SourceMotion) -> SourceMotion:
    return replace(
        one,
        local_rotations_wxyz=np.concatenate([one.local_rotations_wxyz, other.local_rotations_wxyz]),
        root_translation_m=np.concatenate([one.root_translation_m, other.root_translation_m]),
        foot_contacts=np.concatenate([one.foot_contacts, other.foot_contacts]),
    )


def _mixed(a: Array, b: Array, share: Array) -> Array:
    return np.asarray(a + share[:, None] * (b - a), dtype=np.float64)
