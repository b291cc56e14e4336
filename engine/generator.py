"""From a request to motions: words, latents, features, Motion. The one place that knows bundle, sampling and motion."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from engine.bundle.bundle import Bundle
from engine.errors import UserError
from engine.motion import ms272
from engine.motion.foot_lock import lock_feet
from engine.motion.motion import Motion
from engine.sampling.flow import Floats
from engine.sampling.request import GenerationRequest, ResolvedRequest
from engine.sampling.sampler import Canvas, Progress, SamplerSettings, sample


class Engine:
    """An opened bundle that answers requests. `generate` may be called from several threads."""

    def __init__(self, bundle: Bundle) -> None:
        self.bundle = bundle

    def generate(
        self,
        request: GenerationRequest,
        progress: Progress = lambda _round, _rounds: None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> list[Motion]:
        """One Motion for each variation. UserError where the model can't do it, Cancelled if told to stop."""
        resolved = request.resolved(self.bundle.manifest)
        latents = self._sample(resolved, progress, cancelled)
        features = self.bundle.decode(latents)
        if not np.isfinite(features).all():
            provider = self.bundle.provider
            raise UserError(f"The model gave no finite numbers on {provider}; lower the guidance or choose cpu.")
        return [self._motion(resolved, seed, features[i]) for i, seed in enumerate(resolved.seeds)]

    def _sample(self, request: ResolvedRequest, progress: Progress, cancelled: Callable[[], bool]) -> Floats:
        """(B, l, d), one sequence for each seed."""
        manifest = self.bundle.manifest
        words = self.bundle.encode_text(request.text)
        canvases = [Canvas.empty(request.latents, manifest.latent_width, words, seed) for seed in request.seeds]
        settings = SamplerSettings(request.guidance, request.flow_steps, manifest.sampler.tokens_per_round)
        return np.stack(
            sample(self.bundle, canvases, self.bundle.encode_text(""), settings, progress=progress, cancelled=cancelled)
        )

    def _motion(self, request: ResolvedRequest, seed: int, features: Floats) -> Motion:
        """The Motion of features (4l, F), cropped last so that contacts see the frames beyond the end."""
        whole = lock_feet(ms272.decode(features.astype(np.float64), self.bundle.manifest.fps))
        return replace(whole.frames(0, request.frames), meta=self._meta(request, seed))

    def _meta(self, request: ResolvedRequest, seed: int) -> dict[str, Any]:
        manifest = self.bundle.manifest
        return {
            "prompts": [{"text": request.text, "start": 0, "end": request.frames}],
            "seed": seed,
            "guidance": request.guidance,
            "flow_steps": request.flow_steps,
            "model": manifest.name,
            "model_version": manifest.version,
            "license": manifest.license,
            "provider": self.bundle.provider,
        }
