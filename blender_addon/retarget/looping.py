"""A motion made to repeat: cut where it comes back to how it began, and led over into its own beginning."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..errors import AddonError
from .edits import heading_rad, hip_centers_m, moved
from .rotations import Array, about_axis, slerp, turn
from .source import SourceMotion

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
    by = heading_rad(beginning)[middle] - heading_rad(ending)[middle]
    ending = moved(ending, by, hip_centers_m(ending)[middle], hip_centers_m(beginning)[middle])
    share = np.arange(lead) / lead
    share = share * share * (3.0 - 2.0 * share)
    led = replace(
        beginning,
        local_rotations_wxyz=slerp(ending.local_rotations_wxyz, beginning.local_rotations_wxyz, share[:, None]),
        root_translation_m=_mixed(ending.root_translation_m, beginning.root_translation_m, share),
        foot_contacts=_mixed(ending.foot_contacts, beginning.foot_contacts, share).round(),
    )
    return _joined(led, _frames(motion, lead, last + 1))


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
