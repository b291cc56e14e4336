"""The animation that a character has now, as a motion file, with the words it was made from where they are known."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from ..bake.capture import capture
from ..bake.sliced_capture import SlicedCapture
from ..retarget.source import SourceMotion, motion_bytes
from .characters import CharacterKey, character

ENGINE_FPS = 30.0


class Capturing:
    """Reads the animation in scene frames first to last; `rate`: the scene's frames a second.

    In slices, of an armature that is found anew for each; `advance` gives the motion file at the end.
    """

    def __init__(self, armature: Any, first: int, last: int, rate: float) -> None:
        self._key, self._first, self._last, self._rate = CharacterKey.of(armature), first, last, rate
        self._slices = SlicedCapture(armature, character(armature), first, last + 1, ENGINE_FPS)

    @property
    def fraction(self) -> float:
        """How much of it is done, 0 to 1."""
        return self._slices.fraction

    def advance(self, seconds: float) -> bytes | None:
        """Go on for about `seconds`. AddonError where the character is gone."""
        armature = self._key.find()
        motion = self._slices.advance(armature, seconds)
        return None if motion is None else self._file(armature, motion)

    def whole(self) -> bytes:
        """The motion file at once, by the quickest way there is. AddonError where the character is gone."""
        self.close()
        armature = self._key.find()
        motion = capture(armature, character(armature), self._first, self._last + 1, ENGINE_FPS)
        return self._file(armature, motion)

    def _file(self, armature: Any, motion: SourceMotion) -> bytes:
        prompts = _prompts(armature, self._first, self._rate, len(motion))
        return motion_bytes(replace(motion, meta={**motion.meta, "prompts": prompts}) if prompts else motion)

    def close(self) -> None:
        """Leave it, done or not."""
        self._slices.close()


def animated_range(armature: Any) -> tuple[int, int] | None:
    """First and last frame of the Action that an armature plays; None where it plays none."""
    animation = armature.animation_data
    if animation is None or animation.action is None:
        return None
    first, last = animation.action.frame_range
    return round(first), round(last)


def _prompts(armature: Any, first: int, rate: float, frames: int) -> list[dict[str, Any]]:
    """The prompts of the Action that was baked here, their frames counted from scene frame `first`."""
    animation = armature.animation_data
    action = animation.action if animation else None
    if action is None or "motionwright" not in action:
        return []
    shift = round((action.frame_range[0] - first) / rate * ENGINE_FPS)
    try:
        prompts = json.loads(action["motionwright"]).get("prompts", [])
        moved = [
            {**prompt, "start": max(0, prompt["start"] + shift), "end": min(frames, prompt["end"] + shift)}
            for prompt in prompts
        ]
    except (ValueError, KeyError, TypeError, AttributeError):
        return []
    return [prompt for prompt in moved if prompt["start"] < prompt["end"]]
