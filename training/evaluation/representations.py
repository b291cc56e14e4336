"""The features of motion that the protocols look at."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.motion import humanml, ms272
from engine.motion.motion import Motion
from engine.motion.resampling import resampled
from engine.motion.rotations import Array
from training.evaluation.config import Protocol


@dataclass(frozen=True)
class Representation:
    """Features (N, width) of a motion at `fps` frames a second."""

    fps: float
    width: int
    encode: Callable[[Motion], Array]

    def features(self, motion: Motion) -> NDArray[np.float32]:
        """Features (N, width) of a motion at any rate; at least two frames of it are needed."""
        return self.encode(resampled(motion, self.fps)).astype(np.float32)


REPRESENTATIONS: Mapping[Protocol, Representation] = {
    "ms-272": Representation(ms272.FPS, ms272.WIDTH, ms272.encode),
    "tmr-263": Representation(humanml.FPS, humanml.WIDTH, humanml.encode),
    "mardm-67": Representation(humanml.FPS, humanml.MARDM_WIDTH, humanml.encode_mardm),
}
