"""When in a clip the thing happens that its label speaks of: what a training window must not cut away."""

from __future__ import annotations

import numpy as np

from engine.motion import rotations
from engine.motion.motion import Motion

_WRIST_ABOVE_ELBOW_M = 0.02
_STEADY = (
    "walk", "run", "dash", "dance", "kick", "punch", "slash", "jog", "sneak", "crawl", "crouch", "idle", "long-",
    "zombie", "stealthy", "salsa", "indian", "martial", "cheering", "waving", "push-ups", "sit-ups", "stand",
)  # fmt: skip
"""Labels of which any stretch shows what they say: gaits, and what is done over and over."""


def event_span(motion: Motion, content: str) -> tuple[int, int]:
    """Frames [start, end) of the event; (0, 0) where any stretch of the clip shows it, as in steady walking.

    A turn lasts from 10 % to 90 % of the change of heading. A gesture lasts while a wrist is above its elbow. What has
    another label that is not steady is an event from beginning to end.
    """
    if content.startswith("walk-turn"):
        return _turn_span(motion)
    if content.startswith(("wave-", "raise-", "bye", "guide", "respond", "call")):
        return _gesture_span(motion)
    return (0, 0) if content.startswith(_STEADY) or not content else (0, len(motion))


def _turn_span(motion: Motion) -> tuple[int, int]:
    forward = rotations.rotate(motion.local_rotations_wxyz[:, 0], np.array([0.0, 0.0, 1.0]))
    heading = np.unwrap(np.arctan2(forward[:, 0], forward[:, 2]))
    share = (heading - heading[0]) / (heading[-1] - heading[0])
    return int(np.argmax(share > 0.1)), len(share) - int(np.argmax(share[::-1] < 0.9))


def _gesture_span(motion: Motion) -> tuple[int, int]:
    elbows, wrists = (
        [motion.skeleton.index(f"{side}_{joint}") for side in ("left", "right")] for joint in ("elbow", "wrist")
    )
    height = motion.positions_m[..., 1]
    raised = np.flatnonzero((height[:, wrists] > height[:, elbows] + _WRIST_ABOVE_ELBOW_M).any(axis=1))
    return (int(raised[0]), int(raised[-1]) + 1) if len(raised) else (0, len(motion))
