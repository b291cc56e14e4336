"""A bundle as editing sees it: sequences of latents filled prompt by prompt, and motions to and from latents."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from engine.bundle.bundle import Bundle
from engine.editing.bursts import without_bursts
from engine.editing.filling import Listener, Pass, Script, fill
from engine.errors import UserError
from engine.motion import ms272
from engine.motion.motion import Motion
from engine.requests import ResolvedOptions, Stretch
from engine.sampling.families import Settings
from engine.sampling.flow import Floats
from engine.sampling.sampler import SamplerSettings
from engine.sampling.sinking import SinkControl
from engine.sampling.whole_sequence import StepSettings


@dataclass(frozen=True, eq=False)
class Filled:
    """latents: (B, T, d). rounds: of the canvas that had the most."""

    latents: Floats
    rounds: int


class Composer:
    """Fills, decodes and encodes with one bundle. h frames are one latent of width d."""

    def __init__(self, bundle: Bundle) -> None:
        manifest = bundle.manifest
        self._bundle = bundle
        self.fps, self.frames_per_latent, self.latent_width = (
            manifest.fps,
            manifest.frames_per_latent,
            manifest.latent_width,
        )
        self.window = max(1, int(manifest.max_seconds * manifest.fps / manifest.frames_per_latent))
        """The latents of the longest canvas that the model knows."""

    def filled(
        self,
        latents: Floats,
        passes: Sequence[Pass],
        stretches: Sequence[Stretch],
        options: ResolvedOptions,
        listener: Listener,
    ) -> Filled:
        """Latents (B, T, d), one sequence a seed, with the passes made after the words of gapless `stretches`."""
        settings = sampler_settings(options)
        script = Script(
            tuple(self._bundle.encode_text(stretch.text) for stretch in stretches),
            np.repeat(np.arange(len(stretches)), [stretch.end - stretch.start for stretch in stretches]),
            self._bundle.encode_text(""),
        )
        result = fill(self._bundle, latents, passes, script, settings, options.seeds, listener)
        self._check(result)
        return Filled(result, max(settings.rounds_for(each.masked) for fills in passes for each in fills))

    def decoded(self, latents: Floats) -> Motion:
        """The motion of latents (T, d), h·T frames that begin over the origin and face +Z, its bursts smoothed."""
        features = self._bundle.decode(latents[None])[0]
        self._check(features)
        return without_bursts(ms272.decode(features.astype(np.float64), self.fps))

    def encoded(self, motion: Motion) -> Floats:
        """Latents (T, d) of a motion of h·T frames on BODY at the model's frame rate."""
        latents: Floats = self._bundle.encode(ms272.encode(motion).astype(np.float32)[None])[0]
        return latents

    def _check(self, values: Floats) -> None:
        if not np.isfinite(values).all():
            provider = self._bundle.provider
            raise UserError(f"The model gave no finite numbers on {provider}; lower the guidance or choose cpu.")


def sampler_settings(options: ResolvedOptions) -> Settings:
    """The options as the sampler of the model's family takes them."""
    control = None
    if options.sink_control and options.sink_reference is not None:
        control = SinkControl(options.sink_control, options.sink_reference)
    if options.tokens_per_round is None:
        return StepSettings(options.guidance, options.flow_steps, options.solver, options.time_grid, control)
    return SamplerSettings(options.guidance, options.flow_steps, options.tokens_per_round, options.rounds, control)
