"""A range of a motion made anew in its context; every other frame stays as it is, bit for bit."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.editing.body import on_body, on_skeleton, with_contacts_of_body
from engine.editing.body_parts import kept_joints
from engine.editing.calming import NEAR_S, calmed
from engine.editing.composer import Composer
from engine.editing.filling import Listener
from engine.editing.joining import Border, joined, led, placed, softened
from engine.editing.planning import CONTEXT, range_passes
from engine.motion.cleanup import cleaned, comparison
from engine.motion.motion import Motion
from engine.motion.resampling import sampled_at
from engine.motion.rotations import Array
from engine.motion.skeleton import BODY
from engine.requests import RegenerationRequest, ResolvedOptions, Stretch
from engine.sampling.flow import Floats
from engine.sampling.sampler import Cancelled

_LEAD_IN = 8
"""Latents before the context that are encoded with it: the encoder looks back."""
_CLEANING_CONTEXT_S = 1.5
_MARGIN_S = 0.4
_LEG_JOINTS = tuple(
    frozenset(BODY.index(f"{side}_{joint}") for joint in ("hip", "knee", "ankle")) for side in ("left", "right")
)


@dataclass(frozen=True)
class Regenerated:
    """motion: with its range made anew, meta with the edit left out. rounds: of the canvas that had the most."""

    motion: Motion
    rounds: int
    cleanup: Mapping[str, float] | None


@dataclass(frozen=True)
class _Window:
    """The latents around a range, on a grid that begins a latent where the range begins.

    before, masked, after: how many latents are known, made and known. start, end: the range in frames of the motion.
    rate: frames of the model for each frame of the motion. h: frames of the model for each latent.
    """

    before: int
    masked: int
    after: int
    start: int
    end: int
    rate: float
    h: int

    @property
    def length(self) -> int:
        return self.before + self.masked + self.after

    def motion_frames(self, lead_in: int) -> Array:
        """Where in the motion the frames of the window stand, `lead_in` latents before it included."""
        own = np.arange(-(self.before + lead_in) * self.h, (self.masked + self.after) * self.h)
        return np.asarray(self.start + own / self.rate, np.float64)

    def model_frames(self, frames: NDArray[np.int64]) -> Array:
        """Where in the window `frames` of the motion stand."""
        return np.asarray((frames - self.start) * self.rate + self.before * self.h, np.float64)


def regenerated(
    composer: Composer, motion: Motion, request: RegenerationRequest, options: ResolvedOptions, listener: Listener
) -> list[Regenerated]:
    """The motion with frames [start, end) made anew, once for each seed."""
    body = on_body(motion)
    window = _window(composer, motion, request)
    known = _encoded(composer, body, window)
    stretches = _stretches(motion, request, window)
    masked_end = window.before + window.masked
    passes = range_passes(window.before, masked_end, window.length, composer.window, _has_new_words(motion, request))
    filled = composer.filled(np.repeat(known[None], len(options.seeds), axis=0), passes, stretches, options, listener)
    results = []
    for latents in filled.latents:
        if listener.cancelled():
            raise Cancelled
        made = _joined(composer.decoded(latents), body, window, request)
        composed = _composed(motion, on_skeleton(made, motion.skeleton), request)
        tidy = _cleaned(composed, request) if request.cleanup else composed
        figures = _figures(composed, tidy, request) if request.cleanup else None
        results.append(Regenerated(tidy, filled.rounds, figures))
    return results


def _window(composer: Composer, motion: Motion, request: RegenerationRequest) -> _Window:
    rate, h = composer.fps / motion.fps, composer.frames_per_latent
    before_range = request.start * rate / h
    length = (request.end - request.start) * rate / h
    after_range = (len(motion) - request.end) * rate / h
    if request.end == len(motion):
        masked, after = math.ceil(length - 1e-6), 0
    else:  # a latent that reaches over the end stays, so that the end is met
        masked, after = math.floor(length + 1e-6), min(CONTEXT, max(1, math.ceil(after_range - 1e-6)))
    before = min(CONTEXT, math.ceil(before_range - 1e-6))
    return _Window(before, max(1, masked), after, request.start, request.end, rate, h)


def _has_new_words(motion: Motion, request: RegenerationRequest) -> bool:
    """Whether the range is to follow other words than it does."""
    texts = {_text_at(motion, frame) for frame in (request.start, request.end - 1)}
    return request.prompt is not None and {_tidy(request.prompt)} != texts


def _encoded(composer: Composer, body: Motion, window: _Window) -> Floats:
    """Latents (T, d) of the window; the motion stands still where the window reaches over its ends."""
    earlier = math.floor(window.start * window.rate / window.h) - window.before
    lead_in = min(_LEAD_IN, max(0, earlier))
    return composer.encoded(sampled_at(body, window.motion_frames(lead_in), composer.fps))[lead_in:]


def _stretches(motion: Motion, request: RegenerationRequest, window: _Window) -> list[Stretch]:
    """Which words each latent of the window follows: the request's, or those that the motion has there."""
    if request.prompt is not None:
        return [Stretch(_tidy(request.prompt), 0, window.length)]
    middles = window.motion_frames(0)[window.h // 2 :: window.h]
    texts = [_text_at(motion, min(max(int(frame), request.start), request.end - 1)) for frame in middles]
    return [Stretch(text, place, place + 1) for place, text in enumerate(texts)]


def _tidy(text: str) -> str:
    return " ".join(text.split())


def _text_at(motion: Motion, frame: int) -> str:
    prompts = motion.meta.get("prompts", ())
    return next((prompt["text"] for prompt in prompts if prompt["start"] <= frame < prompt["end"]), "")


def _on_frames(decoded: Motion, window: _Window, fps: float, margin: int) -> Motion:
    """The range's frames of a decoded window, and `margin` more on either side."""
    frames = np.arange(window.start - margin, window.end + margin)
    return sampled_at(decoded, window.model_frames(frames), fps)


def _joined(decoded: Motion, body: Motion, window: _Window, request: RegenerationRequest) -> Motion:
    """The range's frames of a decoded window, joined to the frames of `body` around it."""
    margin = max(2, round(_MARGIN_S * body.fps))
    first, end = margin, margin + request.end - request.start
    made = _on_frames(decoded, window, body.fps, margin)
    before, after = _frames(body, request.start - 2, request.start), _frames(body, request.end, request.end + 2)
    if before is not None:
        made = placed(softened(made, first), first - 1, before.frames(1, 2))
    if after is not None:
        made = softened(made, end)
        made = led(made, first - 1, end, after.frames(0, 1)) if before else placed(made, end, after.frames(0, 1))
    if before is None and after is None:
        made = placed(made, first, body.frames(0, 1))
    piece = joined(
        made.frames(first, end),
        None if before is None else Border(made.frames(first - 2, first), before),
        None if after is None else Border(made.frames(end, end + 2), after),
    )
    near = max(2, round(NEAR_S * body.fps))
    return calmed(
        piece,
        body.frames(max(0, request.start - near), request.start) if request.start else None,
        body.frames(request.end, request.end + near) if request.end < len(body) else None,
    )


def _frames(motion: Motion, start: int, end: int) -> Motion | None:
    """Two frames of the motion, its first or last one twice where it has no other; None beyond its ends."""
    if end <= 0 or start >= len(motion):
        return None
    frames = np.clip([start, start + 1], 0, len(motion) - 1)
    return replace(
        motion,
        local_rotations_wxyz=motion.local_rotations_wxyz[frames],
        root_translation_m=motion.root_translation_m[frames],
        foot_contacts=motion.foot_contacts[frames],
    )


def _composed(motion: Motion, made: Motion, request: RegenerationRequest) -> Motion:
    """`motion` with the range's frames of `made`, but for the kept joints."""
    kept, own = kept_joints(request.keep_joints), slice(request.start, request.end)
    local, root = motion.local_rotations_wxyz.copy(), motion.root_translation_m.copy()
    for joint in range(len(BODY.joint_names)):
        if joint not in kept:
            local[own, joint] = made.local_rotations_wxyz[:, joint]
    if 0 not in kept:
        root[own] = made.root_translation_m
    return _with_contacts_inside(replace(motion, local_rotations_wxyz=local, root_translation_m=root), request)


def _cleaned(motion: Motion, request: RegenerationRequest) -> Motion:
    """`motion` with feet held in place and above the ground inside of the range."""
    kept = kept_joints(request.keep_joints)
    margin = round(_CLEANING_CONTEXT_S * motion.fps)
    first, last = max(0, request.start - margin), min(len(motion), request.end + margin)
    around, own = motion.frames(first, last), slice(request.start - first, request.end - first)
    free = np.zeros(len(around), dtype=np.bool_)
    free[own] = True
    legs = not kept & _LEG_JOINTS[0], not kept & _LEG_JOINTS[1]
    tidy = cleaned(around, free, legs, root=0 not in kept)
    local, root = motion.local_rotations_wxyz.copy(), motion.root_translation_m.copy()
    local[request.start : request.end] = tidy.local_rotations_wxyz[own]
    root[request.start : request.end] = tidy.root_translation_m[own]
    return _with_contacts_inside(replace(motion, local_rotations_wxyz=local, root_translation_m=root), request)


def _with_contacts_inside(motion: Motion, request: RegenerationRequest) -> Motion:
    """`motion` with the contacts of the range's frames found anew."""
    first, last = max(0, request.start - 2), min(len(motion), request.end + 2)
    found = with_contacts_of_body(motion.frames(first, last)).foot_contacts
    contacts = motion.foot_contacts.copy()
    contacts[request.start : request.end] = found[request.start - first : request.end - first]
    return replace(motion, foot_contacts=contacts)


def _figures(before: Motion, after: Motion, request: RegenerationRequest) -> Mapping[str, float]:
    return comparison(*(motion.frames(request.start, request.end) for motion in (before, after)))


def edited_meta(motion: Motion, request: RegenerationRequest, edit: Mapping[str, Any]) -> dict[str, Any]:
    """The meta of `motion` with one more edit; the words of the range become the request's, if it has any."""
    meta = {**motion.meta, "edits": [*motion.meta.get("edits", ()), dict(edit)]}
    if request.prompt is not None and not request.keep_joints:
        new = {"text": _tidy(request.prompt), "start": request.start, "end": request.end}
        meta["prompts"] = sorted([*_outside(motion, request), new], key=lambda prompt: int(prompt["start"]))
    return meta


def _outside(motion: Motion, request: RegenerationRequest) -> list[dict[str, Any]]:
    """The prompts of the motion's meta without the range; one that it stands in becomes two."""
    parts = [
        {**prompt, "start": start, "end": end}
        for prompt in motion.meta.get("prompts", ())
        for start, end in (
            (prompt["start"], min(prompt["end"], request.start)),
            (max(prompt["start"], request.end), prompt["end"]),
        )
    ]
    return [part for part in parts if part["start"] < part["end"]]
