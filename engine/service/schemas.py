"""The bodies of HTTP, version 1: what is read, within which bounds, and what is answered."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from engine import requests as limits
from engine.motion.motion import MOST_FRAMES
from engine.requests import GenerationRequest, Prompt, RegenerationRequest, SamplingOptions
from engine.service.jobs import Job

_MOST_KEPT_JOINTS = 64
_LONGEST_NAME = 200

Text = Annotated[str, Field(min_length=1, max_length=limits.LONGEST_PROMPT)]
Seconds = Annotated[float, Field(gt=0, le=limits.LONGEST_SECONDS, allow_inf_nan=False)]
Name = Annotated[str, Field(min_length=1, max_length=_LONGEST_NAME)]


class _Body(BaseModel):
    """What a client sends: every key known, every value of its own type."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class PromptBody(_Body):
    """One sentence; without a length, the length is estimated from its words. Several deeds are done in their order."""

    text: Text
    seconds: Seconds | None = None


class SamplingBody(_Body):
    """How to sample; null stands for what the preset or the model has, and for a seed drawn by the engine."""

    variations: Annotated[int, Field(ge=1, le=limits.MOST_VARIATIONS)] = 1
    seed: Annotated[int, Field(ge=0, le=limits.LARGEST_SEED)] | None = None
    guidance: Annotated[float, Field(ge=0, le=limits.LARGEST_GUIDANCE, allow_inf_nan=False)] | None = None
    preset: Name = "standard"
    flow_steps: Annotated[int, Field(ge=1, le=limits.MOST_FLOW_STEPS)] | None = None
    rounds: Annotated[int, Field(ge=1, le=limits.MOST_ROUNDS)] | None = None
    cleanup: bool = True

    def options(self) -> SamplingOptions:
        return SamplingOptions(
            preset=self.preset,
            guidance=self.guidance,
            flow_steps=self.flow_steps,
            rounds=self.rounds,
            seed=self.seed,
            variations=self.variations,
        )


class GenerationBody(SamplingBody):
    """A script of prompts, done one after the other in one continuous motion."""

    prompts: Annotated[list[PromptBody], Field(min_length=1, max_length=limits.MOST_PROMPTS)]
    loop: bool = False
    in_place: bool = False

    def request(self) -> GenerationRequest:
        """The same as the engine's own request; UserError where it can't be one."""
        return GenerationRequest(
            prompts=tuple(Prompt(prompt.text, prompt.seconds) for prompt in self.prompts),
            options=self.options(),
            loop=self.loop,
            in_place=self.in_place,
            cleanup=self.cleanup,
        )


class RegenerationBody(SamplingBody):
    """Frames [start, end) of a motion, counted at its own frame rate, to be made anew."""

    start: Annotated[int, Field(ge=0, lt=MOST_FRAMES)]
    end: Annotated[int, Field(ge=1, le=MOST_FRAMES)]
    prompt: Text | None = None
    keep_joints: Annotated[list[Name], Field(max_length=_MOST_KEPT_JOINTS)] = []

    def request(self) -> RegenerationRequest:
        """The same as the engine's own request; UserError where it can't be one."""
        return RegenerationRequest(
            start=self.start,
            end=self.end,
            prompt=self.prompt,
            keep_joints=tuple(self.keep_joints),
            options=self.options(),
            cleanup=self.cleanup,
        )


class ActivationBody(_Body):
    """The model to use from now on, by a name of `GET /v1/models`."""

    name: Name


class HealthAnswer(BaseModel):
    """The service is there and has a model."""

    status: Literal["ok"]


class InfoAnswer(BaseModel):
    """The model in use and what may be asked of it. license and attributions belong beside every motion that is shown.

    engine_version: of this program. max_seconds: of one motion. memory_mb: the most that this process has held.
    vocabulary: word → how many captions of the training have it; empty where the model doesn't say. examples: of those
    captions.
    """

    name: str
    version: str
    license: str
    attributions: list[str]
    provider: str
    fps: float
    max_seconds: float
    default_seconds: float
    presets: dict[str, dict[str, float]]
    joint_names: list[str]
    joint_groups: dict[str, list[str]]
    vocabulary_notes: str
    vocabulary: dict[str, int]
    examples: list[str]
    limits: dict[str, float]
    engine_version: str
    memory_mb: float


class JobAccepted(BaseModel):
    """The job that will make what was asked for."""

    job_id: str


class FailureAnswer(BaseModel):
    """Why a job gave nothing."""

    title: str
    detail: str


class JobAnswer(BaseModel):
    """A job as it is now."""

    id: str
    state: Literal["queued", "running", "done", "failed", "cancelled"]
    round: int
    rounds: int
    motion_ids: list[str]
    error: FailureAnswer | None

    @classmethod
    def of(cls, job: Job) -> JobAnswer:
        return cls.model_validate(asdict(job) | {"state": job.state.value})


class MotionAccepted(BaseModel):
    """The motion that was kept."""

    motion_id: str


class MotionAnswer(BaseModel):
    """A motion as numbers: quaternions w, x, y, z relative to the parent, meters, Y up."""

    motion_id: str
    frames: int
    fps: float
    joint_names: list[str]
    parents: list[int]
    rest_offsets: list[list[float]]
    local_rotations: list[list[list[float]]]
    root_translation: list[list[float]]
    foot_contacts: list[list[float]]
    meta: dict[str, Any]


class AlignmentAnswer(BaseModel):
    """What each word of the prompt did over time: a row of weights for each word, a value for each frame start."""

    words: list[str]
    frame_starts: list[int]
    weights: list[list[float]]
    sink_ratio: float
    sink_ratio_by_round: list[float]


class ModelAnswer(BaseModel):
    """A model that can be used here. embedded: it came with the engine. active: it is the one in use."""

    name: str
    version: str
    license: str
    attributions: list[str]
    embedded: bool
    active: bool


class ModelsAnswer(BaseModel):
    """Every model that can be used here."""

    models: list[ModelAnswer]


class ProblemAnswer(BaseModel):
    """What went wrong (RFC 9457), and in `detail` what to do about it."""

    type: str
    title: str
    status: int
    detail: str
