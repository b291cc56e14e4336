"""Sink-ctrl: guidance that adapts to how much of the text is in use (MLA-Gen; the form is ours)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.sampling.flow import Floats

_LARGEST = 2.0
"""The most that guidance becomes, in multiples of what was asked for."""


@dataclass(frozen=True)
class SinkControl:
    """strength: λ; 0 leaves guidance alone. reference: s_ref, the model's mean SinkRatio on its validation set."""

    strength: float
    reference: float

    def scale(self, guidance: Floats, sink_ratio: Floats) -> Floats:
        """w_t = clip(w · (1 + λ · (s_t − s_ref)), 1, 2w), for w (B,) and the conditional branch's SinkRatio s_t (B,).

        A guidance that is less than 1 is a wish for less, and stays.
        """
        wanted = guidance * (1.0 + self.strength * (sink_ratio - self.reference))
        controlled = np.clip(wanted, 1.0, np.maximum(_LARGEST * guidance, 1.0))
        return np.where((guidance > 1.0) & np.isfinite(sink_ratio), controlled, guidance).astype(np.float32)
