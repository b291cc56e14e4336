"""What a caller asks for, and what that means for a given model. Every mistake is a UserError that names it."""

from __future__ import annotations

import math
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from engine.bundle.manifest import Manifest
from engine.editing.body_parts import kept_joints
from engine.editing.clauses import clauses
from engine.editing.duration import estimated_seconds
from engine.errors import UserError
from engine.motion.motion import Motion
from engine.sampling.solvers import SOLVERS, TIME_GRIDS

LONGEST_PROMPT = 1000
MOST_PROMPTS = 32
LONGEST_SECONDS = 120.0
SHORTEST_LOOP_SECONDS = 1.0
MOST_VARIATIONS = 16
LARGEST_GUIDANCE = 20.0
MOST_FLOW_STEPS = 200
MOST_ROUNDS = 1000
LARGEST_SINK_CONTROL = 20.0
LARGEST_SEED = 2**53 - 1
"""The largest whole number that JSON keeps exactly everywhere."""

_SHORTEST_CLAUSE_S = 1.0
_DRAWN_SEEDS = 2**31
"""Seeds that we draw fit an integer property of Blender."""


@dataclass(frozen=True)
class Prompt:
    """One sentence and how long it lasts; without a length, the length is estimated from its words."""

    text: str
    seconds: float | None = None

    def __post_init__(self) -> None:
        _check_prompt(self.text)
        if self.seconds is not None and not (math.isfinite(self.seconds) and self.seconds > 0):
            raise UserError(f"The length must be more than 0 seconds, not {self.seconds:g}.")

    def clauses(self, default_seconds: float) -> list[Prompt]:
        """What the sentence tells one after another, each with its share of the time; itself where that is too short.

        A model hears the words of a sentence at once, whatever their order; as a script they keep it.
        """
        told = clauses(self.text)
        seconds = self.seconds or estimated_seconds(self.text, default_seconds)
        estimates = [estimated_seconds(clause, default_seconds) for clause in told]
        shares = [seconds * estimate / sum(estimates) for estimate in estimates]
        if min(shares) < _SHORTEST_CLAUSE_S:
            return [Prompt(self.text, seconds)]
        return [Prompt(clause, share) for clause, share in zip(told, shares, strict=True)]


@dataclass(frozen=True)
class SamplingOptions:
    """How to sample; None stands for what the preset or the model has, and for a seed drawn from the system.

    rounds: of one window of the model, instead of the preset's. solver, time_grid: of a model that fills all latents at
    once, which has no rounds. sink_control: how much guidance adapts to the words that are in use (λ; 0 not at all).
    Variation k, from 0, of seed s is the motion of s + k.
    """

    preset: str = "standard"
    guidance: float | None = None
    flow_steps: int | None = None
    rounds: int | None = None
    seed: int | None = None
    variations: int = 1
    solver: str | None = None
    time_grid: str | None = None
    sink_control: float | None = None

    def __post_init__(self) -> None:
        if self.seed is not None and not 0 <= self.seed <= LARGEST_SEED:
            raise UserError(f"The seed must be a whole number from 0 to {LARGEST_SEED}.")
        if not 1 <= self.variations <= MOST_VARIATIONS:
            raise UserError(f"The number of variations must be from 1 to {MOST_VARIATIONS}, not {self.variations}.")
        if self.guidance is not None and not 0 <= self.guidance <= LARGEST_GUIDANCE:  # refuses NaN too
            raise UserError(f"Guidance must be from 0 to {LARGEST_GUIDANCE:g}, not {self.guidance:g}.")
        if self.flow_steps is not None and not 1 <= self.flow_steps <= MOST_FLOW_STEPS:
            raise UserError(f"The number of flow steps must be from 1 to {MOST_FLOW_STEPS}, not {self.flow_steps}.")
        if self.rounds is not None and not 1 <= self.rounds <= MOST_ROUNDS:
            raise UserError(f"The number of rounds must be from 1 to {MOST_ROUNDS}, not {self.rounds}.")
        for kind, chosen, known in (("solver", self.solver, SOLVERS), ("time grid", self.time_grid, TIME_GRIDS)):
            if chosen is not None and chosen not in known:
                raise UserError(f"There is no {kind} “{chosen[:80]}”; choose {_listed(known)}.")
        if self.sink_control is not None and not 0 <= self.sink_control <= LARGEST_SINK_CONTROL:
            raise UserError(f"Sink control must be from 0 to {LARGEST_SINK_CONTROL:g}, not {self.sink_control:g}.")

    def resolved(self, manifest: Manifest) -> ResolvedOptions:
        """Fill in what the preset and the model have; UserError for what the model lacks."""
        presets = manifest.presets
        if self.preset not in presets:
            raise UserError(f"There is no preset “{self.preset[:80]}”; choose {_listed(presets)}.")
        preset = presets[self.preset]
        self._check_family(manifest)
        first_seed = secrets.randbelow(_DRAWN_SEEDS) if self.seed is None else self.seed
        return ResolvedOptions(
            preset=self.preset,
            guidance=preset.guidance if self.guidance is None else self.guidance,
            flow_steps=preset.flow_steps if self.flow_steps is None else self.flow_steps,
            tokens_per_round=preset.tokens_per_round,
            rounds=self.rounds,
            seeds=tuple(first_seed + k for k in range(self.variations)),
            solver=self.solver or preset.solver or "euler",
            time_grid=self.time_grid or preset.time_grid or "uniform",
            sink_control=preset.sink_control if self.sink_control is None else self.sink_control,
            sink_reference=manifest.sink_reference,
        )

    def _check_family(self, manifest: Manifest) -> None:
        if manifest.family == "flow" and self.rounds is not None:
            raise UserError("This model fills a motion at once; ask for a number of flow steps instead of rounds.")
        if manifest.family != "flow" and (self.solver or self.time_grid):
            raise UserError("This model fills a motion in rounds; leave the solver and the time grid to it.")
        if self.sink_control and manifest.sink_reference is None:
            raise UserError("Nobody measured this model's SinkRatio; train it again, or leave sink control at 0.")


@dataclass(frozen=True)
class ResolvedOptions:
    """Options without open questions. rounds: None where `tokens_per_round` decides. seeds: one for each variation.

    tokens_per_round: None for a model that fills all at once; solver and time_grid are for such a one. sink_reference:
    the model's own, which sink_control compares with; None where it wasn't measured.
    """

    preset: str
    guidance: float
    flow_steps: int
    tokens_per_round: float | None
    rounds: int | None
    seeds: tuple[int, ...]
    solver: str = "euler"
    time_grid: str = "uniform"
    sink_control: float = 0.0
    sink_reference: float | None = None


@dataclass(frozen=True)
class Stretch:
    """The latents [start, end) that follow one text; the empty text is the null prompt of guidance."""

    text: str
    start: int
    end: int


@dataclass(frozen=True)
class GenerationRequest:
    """A script of one or more prompts, done one after the other in one continuous motion; so are the clauses of each.

    loop: the last frame meets the first. in_place: without travel over the ground. cleanup: feet stand and stay above
    the ground.
    """

    prompts: tuple[Prompt, ...]
    options: SamplingOptions = SamplingOptions()
    loop: bool = False
    in_place: bool = False
    cleanup: bool = True

    def __post_init__(self) -> None:
        if not 1 <= len(self.prompts) <= MOST_PROMPTS:
            raise UserError(f"Give from 1 to {MOST_PROMPTS} prompts, not {len(self.prompts)}.")
        given = sum(prompt.seconds or 0.0 for prompt in self.prompts)
        if given > LONGEST_SECONDS:
            raise UserError(f"A motion has at most {LONGEST_SECONDS:g} seconds, not {given:g}; ask for less.")

    def resolved(self, manifest: Manifest) -> ResolvedRequest:
        """Fill in lengths and the model's defaults; UserError where a limit is exceeded."""
        options = self.options.resolved(manifest)
        prompts = [clause for prompt in self.prompts for clause in prompt.clauses(manifest.default_seconds)]
        lengths = [clause.seconds or 0.0 for clause in prompts]
        if sum(lengths) > LONGEST_SECONDS:
            raise UserError(
                f"A motion has at most {LONGEST_SECONDS:g} seconds, and these prompts would take {sum(lengths):g}; "
                "give them shorter lengths."
            )
        if self.loop and sum(lengths) < SHORTEST_LOOP_SECONDS:
            raise UserError(f"A loop lasts at least {SHORTEST_LOOP_SECONDS:g} second; give it more time.")
        frames = max(1, round(sum(lengths) * manifest.fps))
        ends = [sum(lengths[: i + 1]) * manifest.fps / manifest.frames_per_latent for i in range(len(lengths) - 1)]
        bounds = [0, *(round(end) for end in ends), math.ceil(frames / manifest.frames_per_latent)]
        if len(prompts) > 1 and any(after <= before for before, after in pairwise(bounds)):
            shortest = 2 * manifest.frames_per_latent / manifest.fps
            raise UserError(f"A prompt among several must last at least {shortest:.2g} seconds; give it more time.")
        if self.loop:  # a loop closes where a latent ends
            frames = bounds[-1] * manifest.frames_per_latent
        stretches = tuple(
            Stretch(_tidy(prompt.text), start, end)
            for prompt, (start, end) in zip(prompts, pairwise(bounds), strict=True)
        )
        return ResolvedRequest(stretches, frames, options, self.loop, self.in_place, self.cleanup)


@dataclass(frozen=True)
class ResolvedRequest:
    """A request without open questions. stretches: gapless, of all l = ⌈N / h⌉ latents. frames: N."""

    stretches: tuple[Stretch, ...]
    frames: int
    options: ResolvedOptions
    loop: bool
    in_place: bool
    cleanup: bool


@dataclass(frozen=True)
class RegenerationRequest:
    """Make the frames [start, end) of a motion anew; they are counted at the motion's own frame rate.

    prompt: None for the words that the motion's `meta` has there. keep_joints: names of BODY and of
    `body_parts.GROUPS` whose rotations stay; with the pelvis, the root's path stays too.
    """

    start: int
    end: int
    prompt: str | None = None
    keep_joints: tuple[str, ...] = ()
    options: SamplingOptions = SamplingOptions()
    cleanup: bool = True

    def __post_init__(self) -> None:
        if self.start < 0 or self.end <= self.start:
            raise UserError(f"The range from {self.start} to {self.end} is empty; its end must be after its start.")
        if self.prompt is not None:
            _check_prompt(self.prompt)
        kept_joints(self.keep_joints)

    def checked_against(self, motion: Motion) -> None:
        """UserError where the range is not inside `motion`, or `motion` is longer than what may be made."""
        if self.end > len(motion):
            raise UserError(
                f"The range ends at frame {self.end}, and the motion has {len(motion)}; choose an end inside it."
            )
        seconds = (self.end - self.start) / motion.fps
        if seconds > LONGEST_SECONDS:
            raise UserError(f"At most {LONGEST_SECONDS:g} seconds are made at once, not {seconds:g}; choose less.")


def _tidy(text: str) -> str:
    return " ".join(text.split())


def _listed(names: Iterable[str]) -> str:
    *first, last = names
    return f"{', '.join(first)} or {last}" if first else last


def _check_prompt(text: str) -> None:
    if not text.strip():
        raise UserError("The prompt is empty; write what the character should do.")
    if len(text) > LONGEST_PROMPT:
        raise UserError(f"The prompt has {len(text)} characters; the longest that is read has {LONGEST_PROMPT}.")
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise UserError("The prompt is not valid Unicode text; type it again.") from error
