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
from engine.requests import GenerationRequest, RegenerationRequest, ResolvedRequest
from engine.sampling.flow import Floats
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
        return [self._motion(resolved, seed, features[i]) for i, seed in enumerate(resolved.options.seeds)]

    def regenerate(
        self,
        motion: Motion,
        request: RegenerationRequest,
        progress: Progress = lambda _round, _rounds: None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> list[Motion]:
        """`motion` with a range made anew, once for each variation; all other frames stay as they are, bit for bit."""
        request.checked_against(motion)
        raise UserError("This version can't make a range of a motion anew yet; make the whole motion again.")

    def _sample(self, request: ResolvedRequest, progress: Progress, cancelled: Callable[[], bool]) -> Floats:
        """(B, l, d), one sequence for each seed."""
        manifest, options = self.bundle.manifest, request.options
        if len(request.stretches) > 1 or request.frames > manifest.max_seconds * manifest.fps:
            raise UserError(f"This version makes one prompt of at most {manifest.max_seconds:g} seconds; ask for less.")
        words = self.bundle.encode_text(request.stretches[0].text)
        latents = request.stretches[-1].end
        canvases = [Canvas.empty(latents, manifest.latent_width, words, seed) for seed in options.seeds]
        settings = SamplerSettings(options.guidance, options.flow_steps, options.tokens_per_round, options.rounds)
        return np.stack(
            sample(self.bundle, canvases, self.bundle.encode_text(""), settings, progress=progress, cancelled=cancelled)
        )

    def _motion(self, request: ResolvedRequest, seed: int, features: Floats) -> Motion:
        """The Motion of features (4l, F), cropped last so that contacts see the frames beyond the end."""
        whole = ms272.decode(features.astype(np.float64), self.bundle.manifest.fps)
        if request.cleanup:
            whole = lock_feet(whole)
        return replace(whole.frames(0, request.frames), meta=self._meta(request, seed))

    def _meta(self, request: ResolvedRequest, seed: int) -> dict[str, Any]:
        manifest, options = self.bundle.manifest, request.options
        return {
            "prompts": [{"text": request.stretches[0].text, "start": 0, "end": request.frames}],
            "seed": seed,
            "preset": options.preset,
            "guidance": options.guidance,
            "flow_steps": options.flow_steps,
            "model": manifest.name,
            "model_version": manifest.version,
            "license": manifest.license,
            "provider": self.bundle.provider,
        }
