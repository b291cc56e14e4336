"""What is asked of the engine, as the bodies of its HTTP requests. No bpy here."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import Any

BODY_PART_KEEPS = {
    "WHOLE": (),
    "UPPER": ("lower_body",),
    "LOWER": ("upper_body",),
    "LEFT_ARM": ("lower_body", "torso", "head", "right_arm"),
    "RIGHT_ARM": ("lower_body", "torso", "head", "left_arm"),
}
"""For each part of the body that is made again, the engine's groups of joints that stay."""


@dataclass(frozen=True)
class Sampling:
    """How to sample; None leaves it to the engine. variations: takes, each with a seed one higher."""

    variations: int = 1
    seed: int | None = None
    preset: str = "standard"
    guidance: float | None = None
    cleanup: bool = True


@dataclass(frozen=True)
class GenerateOrder:
    """A new motion. prompts: sentences in a row, each with its seconds, or None for the engine's own estimate."""

    prompts: tuple[tuple[str, float | None], ...]
    sampling: Sampling = field(default_factory=Sampling)
    loop: bool = False
    in_place: bool = False

    @property
    def text(self) -> str:
        """All sentences in one line."""
        return ", then ".join(text for text, _ in self.prompts)

    def body(self) -> dict[str, Any]:
        """The body of `POST /v1/motions`."""
        prompts = [{"text": text, "seconds": seconds} for text, seconds in self.prompts]
        return {"prompts": prompts, **asdict(self.sampling), "loop": self.loop, "in_place": self.in_place}


@dataclass(frozen=True)
class RegenerateOrder:
    """Frames [start, end) of a motion, at its own frame rate, made again; prompt None: as it was there."""

    start: int
    end: int
    prompt: str | None = None
    body_part: str = "WHOLE"
    sampling: Sampling = field(default_factory=Sampling)

    @property
    def text(self) -> str:
        """The new sentence, or that there is none."""
        return self.prompt or "as it was"

    def body(self) -> dict[str, Any]:
        """The body of `POST /v1/motions/{id}/regenerate`."""
        keep_joints = list(BODY_PART_KEEPS[self.body_part])
        chosen = {"start": self.start, "end": self.end, "prompt": self.prompt, "keep_joints": keep_joints}
        return {**chosen, **asdict(self.sampling)}


def to_json(order: GenerateOrder | RegenerateOrder) -> str:
    """The settings of an order as they are kept in the history."""
    return json.dumps(order.body(), ensure_ascii=False)
