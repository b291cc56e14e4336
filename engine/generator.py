"""The engine: from a request to motions. Words, latents, features, Motion, and what each motion says of its making."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import numpy as np

from engine.alignment import Alignment, Collector, Placing
from engine.bundle.bundle import Bundle
from engine.editing.bursts import without_bursts
from engine.editing.composer import Composer
from engine.editing.filling import Listener
from engine.editing.joining import closed, softened
from engine.editing.planning import script_passes, seam_borders
from engine.editing.regeneration import edited_meta, regenerated
from engine.motion.cleanup import above_ground, cleaned, comparison, with_contacts
from engine.motion.motion import Motion
from engine.requests import GenerationRequest, RegenerationRequest, ResolvedOptions, ResolvedRequest
from engine.sampling.flow import Floats
from engine.sampling.sampler import Cancelled, Progress

_LOOP_CONTEXT_S = 4.0
"""A loop is decoded and cleaned with so much of itself before and after, so that its ends are as its middle."""


class Engine:
    """An opened bundle that answers requests. Its methods may be called from several threads.

    progress(round, rounds) hears of the rounds of all of a request's windows together, first (0, rounds). cancelled()
    is asked before every call of the model; where it says yes, Cancelled is raised.
    """

    def __init__(self, bundle: Bundle) -> None:
        self.bundle = bundle
        self._composer = Composer(bundle)

    def generate(
        self,
        request: GenerationRequest,
        progress: Progress = lambda _round, _rounds: None,
        cancelled: Callable[[], bool] = lambda: False,
        aligned: Callable[[list[Alignment]], None] = lambda _alignments: None,
    ) -> list[Motion]:
        """One Motion for each variation; UserError where the model can't do what is asked.

        aligned: told what the words did, an Alignment for each motion.
        """
        resolved = request.resolved(self.bundle.manifest)
        options, length = resolved.options, resolved.stretches[-1].end
        passes = script_passes(
            [(stretch.start, stretch.end) for stretch in resolved.stretches], self._composer.window, resolved.loop
        )
        empty = np.zeros((len(options.seeds), length, self._composer.latent_width), np.float32)
        collector = Collector(len(options.seeds))
        listener = Listener(progress, cancelled, collector)
        filled = self._composer.filled(empty, passes, resolved.stretches, options, listener)
        aligned([self._alignment(resolved, collector, motion) for motion in range(len(options.seeds))])
        make = self._loop if resolved.loop else self._motion
        motions = []
        for latents in filled.latents:
            if cancelled():
                raise Cancelled
            motions.append(make(resolved, latents))
        return [
            replace(motion, meta={**self._meta(resolved, seed, filled.rounds), **motion.meta})
            for motion, seed in zip(motions, options.seeds, strict=True)
        ]

    def regenerate(
        self,
        motion: Motion,
        request: RegenerationRequest,
        progress: Progress = lambda _round, _rounds: None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> list[Motion]:
        """`motion` with a range made anew, once for each variation; all other frames stay as they are, bit for bit.

        UserError where the range is not in the motion, or the motion not on the 22-joint body.
        """
        request.checked_against(motion)
        options = request.options.resolved(self.bundle.manifest)
        results = regenerated(self._composer, motion, request, options, Listener(progress, cancelled))
        motions = []
        for result, seed in zip(results, options.seeds, strict=True):
            edit = {
                "start": request.start,
                "end": request.end,
                "prompt": request.prompt,
                "keep_joints": list(request.keep_joints),
                **self._settings(options, seed, result.rounds),
                **self._notices([request.prompt or ""]),
                **({} if result.cleanup is None else {"cleanup": dict(result.cleanup)}),
            }
            motions.append(replace(result.motion, meta=edited_meta(motion, request, edit)))
        return motions

    def _alignment(self, request: ResolvedRequest, collector: Collector, motion: int) -> Alignment:
        stretches = request.stretches
        return collector.alignment(
            motion,
            [self.bundle.words_of(stretch.text) for stretch in stretches],
            np.repeat(np.arange(len(stretches)), [stretch.end - stretch.start for stretch in stretches]),
            Placing(request.frames, self._composer.frames_per_latent),
        )

    def _motion(self, request: ResolvedRequest, latents: Floats) -> Motion:
        """The Motion of latents (l, d), cropped last so that contacts see the frames beyond the end."""
        made = self._decoded(request, latents, 0)
        tidy = _tidied(made) if request.cleanup else made
        return _finished(request, made, tidy, tidy.frames(0, request.frames))

    def _loop(self, request: ResolvedRequest, latents: Floats) -> Motion:
        """The Motion of latents (l, d) that go on from their end at their beginning; the frame after the last is the
        first, where the root has got to.
        """
        h = self._composer.frames_per_latent
        around = max(1, round(_LOOP_CONTEXT_S * self._composer.fps / h))
        places = np.arange(-around, len(latents) + around) % len(latents)
        made = self._decoded(request, latents[places], around)
        tidy = _tidied(made) if request.cleanup else made
        first, frames = around * h, len(latents) * h
        return _finished(request, made, tidy, closed(tidy.frames(first, first + frames + 2), frames))

    def _decoded(self, request: ResolvedRequest, latents: Floats, first: int) -> Motion:
        """The motion of latents (l, d), of which latent `first` is the script's first, smooth at the script's seams."""
        made = self._composer.decoded(latents)
        for border in seam_borders([(stretch.start, stretch.end) for stretch in request.stretches]):
            made = softened(made, (first + border) * self._composer.frames_per_latent)
        return made

    def _meta(self, request: ResolvedRequest, seed: int, rounds: int) -> dict[str, Any]:
        h = self._composer.frames_per_latent
        return {
            "prompts": [
                {"text": stretch.text, "start": stretch.start * h, "end": min(stretch.end * h, request.frames)}
                for stretch in request.stretches
            ],
            **self._settings(request.options, seed, rounds),
            **self._notices(stretch.text for stretch in request.stretches),
            "loop": request.loop,
            "in_place": request.in_place,
        }

    def _notices(self, texts: Iterable[str]) -> dict[str, Any]:
        """What the maker of a motion should know: which prompts were too long to be read to their ends."""
        longest = self.bundle.manifest.max_words
        cut = [text for text in texts if self.bundle.is_too_long(text)]
        notices = [f"Only the first {longest} tokens of “{text[:40]}…” were read; shorten the prompt." for text in cut]
        return {"notices": notices} if notices else {}

    def _settings(self, options: ResolvedOptions, seed: int, rounds: int) -> dict[str, Any]:
        manifest = self.bundle.manifest
        return {
            "seed": seed,
            "preset": options.preset,
            "guidance": options.guidance,
            "flow_steps": options.flow_steps,
            "rounds": rounds,
            **({"solver": options.solver, "time_grid": options.time_grid} if manifest.family == "flow" else {}),
            **({"sink_control": options.sink_control} if options.sink_control else {}),
            "model": manifest.name,
            "model_version": manifest.version,
            "license": manifest.license,
            "provider": self.bundle.provider,
        }


def _tidied(motion: Motion) -> Motion:
    """The motion cleaned up; where a leg that reaches for the ground would flip its knee over, it takes its time, and
    what that puts into the ground is raised.
    """
    return with_contacts(above_ground(without_bursts(cleaned(motion))))


def _finished(request: ResolvedRequest, made: Motion, tidy: Motion, result: Motion) -> Motion:
    """`result`, in place if asked for; its meta says what cleaning `made` up to `tidy` has done."""
    meta = {"cleanup": comparison(made, tidy)} if request.cleanup else {}
    return replace(_in_place(result) if request.in_place else result, meta=meta)


def _in_place(motion: Motion) -> Motion:
    """Without travel over the ground; turns and heights stay. The feet slide instead, so none counts as standing."""
    return replace(
        motion,
        root_translation_m=motion.root_translation_m * np.array([0.0, 1.0, 0.0]),
        foot_contacts=np.zeros_like(motion.foot_contacts),
    )
