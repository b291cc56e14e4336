"""From a request to motions: words, latents, features, Motion. The one place that knows bundle, sampling and motion."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from engine.bundle.bundle import Bundle
from engine.editing.filling import Listener, Pass, Script, fill
from engine.editing.joining import closed
from engine.editing.planning import script_passes
from engine.errors import UserError
from engine.motion import ms272
from engine.motion.cleanup import cleaned, foot_skate_cm_s, penetration_cm, with_contacts
from engine.motion.motion import Motion
from engine.requests import GenerationRequest, RegenerationRequest, ResolvedOptions, ResolvedRequest, Stretch
from engine.sampling.flow import Floats
from engine.sampling.sampler import Progress, SamplerSettings

_LOOP_CONTEXT_S = 4.0
"""A loop is decoded and cleaned with so much of itself before and after, so that its ends are as its middle."""


@dataclass(frozen=True)
class _Sampled:
    """latents: (B, l, d). rounds: of the canvas that had the most."""

    latents: Floats
    rounds: int


class Engine:
    """An opened bundle that answers requests. `generate` may be called from several threads."""

    def __init__(self, bundle: Bundle) -> None:
        self.bundle = bundle

    @property
    def window(self) -> int:
        """The latents of the longest canvas that the model knows."""
        manifest = self.bundle.manifest
        return max(1, int(manifest.max_seconds * manifest.fps / manifest.frames_per_latent))

    def generate(
        self,
        request: GenerationRequest,
        progress: Progress = lambda _round, _rounds: None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> list[Motion]:
        """One Motion for each variation. UserError where the model can't do it, Cancelled if told to stop.

        progress hears of the rounds of all windows together. cancelled is asked before every flow step.
        """
        resolved = request.resolved(self.bundle.manifest)
        sampled = self._sampled(resolved, Listener(progress, cancelled))
        make = self._loop if resolved.loop else self._motion
        motions = [make(resolved, latents) for latents in sampled.latents]
        return [
            replace(motion, meta={**self._meta(resolved, seed, sampled.rounds), **motion.meta})
            for motion, seed in zip(motions, resolved.options.seeds, strict=True)
        ]

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

    def _sampled(self, request: ResolvedRequest, listener: Listener) -> _Sampled:
        options, length = request.options, request.stretches[-1].end
        spans = [(stretch.start, stretch.end) for stretch in request.stretches]
        empty = np.zeros((len(options.seeds), length, self.bundle.manifest.latent_width), np.float32)
        return self._filled(
            empty, script_passes(spans, self.window, request.loop), request.stretches, options, listener
        )

    def _filled(
        self,
        latents: Floats,
        passes: list[Pass],
        stretches: tuple[Stretch, ...],
        options: ResolvedOptions,
        listener: Listener,
    ) -> _Sampled:
        settings = SamplerSettings(options.guidance, options.flow_steps, options.tokens_per_round, options.rounds)
        script = Script(
            tuple(self.bundle.encode_text(stretch.text) for stretch in stretches),
            np.repeat(np.arange(len(stretches)), [stretch.end - stretch.start for stretch in stretches]),
            self.bundle.encode_text(""),
        )
        filled = fill(self.bundle, latents, passes, script, settings, options.seeds, listener)
        if not np.isfinite(filled).all():
            provider = self.bundle.provider
            raise UserError(f"The model gave no finite numbers on {provider}; lower the guidance or choose cpu.")
        return _Sampled(filled, max(settings.rounds_for(each.masked) for fills in passes for each in fills))

    def _decoded(self, latents: Floats) -> Motion:
        """The motion of latents (l, d), as the model made it."""
        manifest = self.bundle.manifest
        features = self.bundle.decode(latents[None])[0]
        if not np.isfinite(features).all():
            provider = self.bundle.provider
            raise UserError(f"The model gave no finite numbers on {provider}; lower the guidance or choose cpu.")
        return ms272.decode(features.astype(np.float64), manifest.fps)

    def _motion(self, request: ResolvedRequest, latents: Floats) -> Motion:
        """The Motion of latents (l, d), cropped last so that contacts see the frames beyond the end."""
        made = self._decoded(latents)
        tidy = with_contacts(cleaned(made)) if request.cleanup else made
        return _finished(request, made.frames(0, request.frames), tidy.frames(0, request.frames))

    def _loop(self, request: ResolvedRequest, latents: Floats) -> Motion:
        """The Motion of latents (l, d) that go on from their end at their beginning; the frame after the last is the
        first, where the root has got to.
        """
        around = max(1, round(_LOOP_CONTEXT_S * self.bundle.manifest.fps / self.bundle.manifest.frames_per_latent))
        places = np.arange(-around, len(latents) + around) % len(latents)
        made = self._decoded(latents[places])
        tidy = with_contacts(cleaned(made)) if request.cleanup else made
        first = around * self.bundle.manifest.frames_per_latent
        last = first + len(latents) * self.bundle.manifest.frames_per_latent
        return _finished(request, *(closed(motion.frames(first, last + 2), last - first) for motion in (made, tidy)))

    def _meta(self, request: ResolvedRequest, seed: int, rounds: int) -> dict[str, Any]:
        manifest, options = self.bundle.manifest, request.options
        h = manifest.frames_per_latent
        return {
            "prompts": [
                {"text": stretch.text, "start": stretch.start * h, "end": min(stretch.end * h, request.frames)}
                for stretch in request.stretches
            ],
            "seed": seed,
            "preset": options.preset,
            "guidance": options.guidance,
            "flow_steps": options.flow_steps,
            "rounds": rounds,
            "loop": request.loop,
            "in_place": request.in_place,
            "model": manifest.name,
            "model_version": manifest.version,
            "license": manifest.license,
            "provider": self.bundle.provider,
        }


def _finished(request: ResolvedRequest, made: Motion, tidy: Motion) -> Motion:
    """`tidy`, in place if asked for; its meta compares it with the motion as it was `made`."""
    meta = {"cleanup": _comparison(made, tidy)} if request.cleanup else {}
    return replace(_in_place(tidy) if request.in_place else tidy, meta=meta)


def _in_place(motion: Motion) -> Motion:
    """Without travel over the ground; turns and heights stay. The feet slide instead, so none counts as standing."""
    return replace(
        motion,
        root_translation_m=motion.root_translation_m * np.array([0.0, 1.0, 0.0]),
        foot_contacts=np.zeros_like(motion.foot_contacts),
    )


def _comparison(made: Motion, tidy: Motion) -> Mapping[str, float]:
    figures = {
        "foot_skate_before_cm_s": foot_skate_cm_s(made),
        "foot_skate_after_cm_s": foot_skate_cm_s(tidy, made.foot_contacts),
        "penetration_before_cm": penetration_cm(made),
        "penetration_after_cm": penetration_cm(tidy),
    }
    return {name: round(value, 3) for name, value in figures.items()}
