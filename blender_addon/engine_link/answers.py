"""The engine's JSON answers as records; keys that a newer engine adds are left out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

ENDED = ("done", "failed", "cancelled")


@dataclass(frozen=True)
class JobState:
    """Where a job is. state: queued, running, done, failed or cancelled; error: a sentence where it failed."""

    id: str
    state: str
    round: int = 0
    rounds: int = 0
    motion_ids: tuple[str, ...] = ()
    error: str | None = None

    @property
    def ended(self) -> bool:
        """Whether nothing more will come of the job."""
        return self.state in ENDED

    @property
    def fraction(self) -> float:
        """How much is done, 0 to 1."""
        return 1.0 if self.state == "done" else self.round / self.rounds if self.rounds else 0.0


@dataclass(frozen=True)
class Info:
    """What the engine says of itself and its model.

    name, version, license: the model's. engine_version: the program's. presets: name → sampler settings.
    joint_groups: name → joint names. max_seconds: of one motion. memory_mb: the most that the engine has held.
    vocabulary: word → how often the captions of the training have it; empty where the model does not say. examples:
    sentences that it knows well.
    """

    name: str
    version: str
    license: str
    attributions: tuple[str, ...]
    provider: str
    fps: float
    max_seconds: float
    default_seconds: float
    presets: Mapping[str, Mapping[str, float]]
    joint_names: tuple[str, ...]
    joint_groups: Mapping[str, tuple[str, ...]]
    vocabulary_notes: str
    limits: Mapping[str, float]
    engine_version: str
    memory_mb: float
    vocabulary: Mapping[str, int] = field(default_factory=dict)
    examples: tuple[str, ...] = ()


@dataclass(frozen=True)
class Alignment:
    """How strongly each word was looked at over time.

    words: (W,). frame_starts: (T,) first frame of each column. weights: W rows of T values.
    sink_ratio: 0 to 1, the share of attention on no word, over the motion; sink_ratio_by_round: the same per round.
    """

    words: tuple[str, ...]
    frame_starts: tuple[int, ...]
    weights: tuple[tuple[float, ...], ...]
    sink_ratio: float
    sink_ratio_by_round: tuple[float, ...]


@dataclass(frozen=True)
class Model:
    """A bundle that the engine can load; active: whether it is the one in use."""

    name: str
    version: str
    license: str
    active: bool


def job_state(answer: Mapping[str, Any]) -> JobState:
    """A job, from the answer of `GET /v1/jobs/{id}` or one event of it."""
    error = answer.get("error")
    return JobState(
        id=str(answer["id"]),
        state=str(answer["state"]),
        round=int(answer.get("round") or 0),
        rounds=int(answer.get("rounds") or 0),
        motion_ids=tuple(map(str, answer.get("motion_ids") or ())),
        error=str(error.get("detail") or error.get("title")) if error else None,
    )


def info(answer: Mapping[str, Any]) -> Info:
    """What `GET /v1/info` says."""
    groups = answer.get("joint_groups") or {}
    return Info(
        name=str(answer["name"]),
        version=str(answer["version"]),
        license=str(answer.get("license") or ""),
        attributions=tuple(map(str, answer.get("attributions") or ())),
        provider=str(answer.get("provider") or ""),
        fps=float(answer["fps"]),
        max_seconds=float(answer["max_seconds"]),
        default_seconds=float(answer["default_seconds"]),
        presets=dict(answer.get("presets") or {}),
        joint_names=tuple(answer.get("joint_names") or ()),
        joint_groups={name: tuple(joints) for name, joints in groups.items()},
        vocabulary_notes=str(answer.get("vocabulary_notes") or ""),
        limits=dict(answer.get("limits") or {}),
        engine_version=str(answer["engine_version"]),
        memory_mb=float(answer.get("memory_mb") or 0.0),
        vocabulary={str(word): int(count) for word, count in (answer.get("vocabulary") or {}).items()},
        examples=tuple(map(str, answer.get("examples") or ())),
    )


def alignment(answer: Mapping[str, Any]) -> Alignment:
    """What `GET /v1/motions/{id}/alignment` says."""
    return Alignment(
        words=tuple(map(str, answer["words"])),
        frame_starts=tuple(map(int, answer["frame_starts"])),
        weights=tuple(tuple(map(float, row)) for row in answer["weights"]),
        sink_ratio=float(answer["sink_ratio"]),
        sink_ratio_by_round=tuple(map(float, answer.get("sink_ratio_by_round") or ())),
    )


def models(answer: Mapping[str, Any]) -> tuple[Model, ...]:
    """What `GET /v1/models` says."""
    return tuple(
        Model(
            name=str(row["name"]),
            version=str(row.get("version") or ""),
            license=str(row.get("license") or ""),
            active=bool(row.get("active")),
        )
        for row in answer["models"]
    )
