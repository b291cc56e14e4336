"""A model for the tests that answers at once: what it makes of a prompt is known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engine.motion.motion import Motion
from engine.requests import SamplingOptions
from tests.training.made_clips import moving
from training.evaluation.subjects import Answer


@dataclass
class MadeSubject:
    """Walks, and raises the hand that the prompt names; `bend_rad` sets one such model apart from another."""

    name: str
    bend_rad: float = 0.2
    license: str = "CC0"
    longest_seconds: float = 8.0
    answered: int = 0

    @property
    def fingerprint(self) -> str:
        return self.name

    def answer(self, text: str, seconds: float, seed: int, sampling: SamplingOptions, variations: int = 1) -> Answer:
        self.answered += 1
        raised = next((side for side in ("left", "right") if f"{side} hand" in text), "")
        motions = [
            moving(max(2, round(seconds * 30)), raised=raised, bend_rad=self.bend_rad + 0.001 * (seed % 100 + place))
            for place in range(variations)
        ]
        return Answer(motions, 0.25, 0.5)

    def script(self, prompts: Sequence[tuple[str, float]], seed: int, sampling: SamplingOptions) -> Motion:
        self.answered += 1
        return moving(round(sum(seconds for _, seconds in prompts) * 30), bend_rad=self.bend_rad + 0.001 * (seed % 100))
