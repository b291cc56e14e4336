"""The routes of HTTP, version 1: each parses, asks the service, and answers."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from importlib.metadata import version
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse

from engine import requests as bounds
from engine.editing.body_parts import GROUPS
from engine.errors import UserError
from engine.motion.bvh import bvh_text
from engine.motion.motion import MOST_FRAMES, Motion
from engine.motion.skeleton import BODY
from engine.service.access import LARGEST_BODY
from engine.service.catalog import Model
from engine.service.documentation import (
    BVH,
    EVENT_RESPONSES,
    JSON,
    LATER_RESPONSES,
    MOTION_RESPONSES,
    NPZ,
    OCTETS,
    UPLOAD_BODY,
    problems,
)
from engine.service.negotiation import chosen
from engine.service.problems import Problem, ProblemError, not_found
from engine.service.process import peak_memory_mb
from engine.service.schemas import (
    ActivationBody,
    AlignmentAnswer,
    GenerationBody,
    HealthAnswer,
    InfoAnswer,
    JobAccepted,
    JobAnswer,
    ModelAnswer,
    ModelsAnswer,
    MotionAccepted,
    MotionAnswer,
    RegenerationBody,
)
from engine.service.service import Service
from engine.service.store import Take
from engine.service.worker import QUEUE_LENGTH, QueueFullError, Work

if TYPE_CHECKING:
    from engine.alignment import Alignment
    from engine.generator import Engine
    from engine.requests import GenerationRequest
    from engine.sampling.sampler import Progress

_LOADING_SECONDS = 10.0
"""How long a client waits for a model; loading goes on where it takes longer."""

_log = logging.getLogger("motionwright.service")


def _service(request: Request) -> Service:
    service: Service = request.app.state.service
    return service


Served = Annotated[Service, Depends(_service)]
router = APIRouter(prefix="/v1", responses=problems(400, 401, 403, 413, 421, 422))


@router.get("/health")
async def health() -> HealthAnswer:
    """Whether the service answers."""
    return HealthAnswer(status="ok")


@router.get("/info")
def info(service: Served) -> InfoAnswer:
    """The model in use and what may be asked of it."""
    manifest = service.engine.bundle.manifest
    return InfoAnswer(
        name=manifest.name,
        version=manifest.version,
        license=manifest.license,
        attributions=list(manifest.attributions),
        provider=service.engine.bundle.provider,
        fps=manifest.fps,
        max_seconds=bounds.LONGEST_SECONDS,
        default_seconds=manifest.default_seconds,
        presets={
            name: {
                "guidance": preset.guidance,
                "flow_steps": preset.flow_steps,
                **({} if preset.tokens_per_round is None else {"tokens_per_round": preset.tokens_per_round}),
            }
            for name, preset in manifest.presets.items()
        },
        joint_names=list(BODY.joint_names),
        joint_groups={name: list(joints) for name, joints in GROUPS.items()},
        vocabulary_notes=manifest.vocabulary_notes,
        vocabulary=dict(service.engine.bundle.vocabulary.counts),
        examples=list(service.engine.bundle.vocabulary.examples),
        limits={
            "prompt_characters": bounds.LONGEST_PROMPT,
            "prompts": bounds.MOST_PROMPTS,
            "seconds": bounds.LONGEST_SECONDS,
            "variations": bounds.MOST_VARIATIONS,
            "guidance": bounds.LARGEST_GUIDANCE,
            "flow_steps": bounds.MOST_FLOW_STEPS,
            "rounds": bounds.MOST_ROUNDS,
            "seed": bounds.LARGEST_SEED,
            "frames": MOST_FRAMES,
            "body_bytes": LARGEST_BODY,
            "queue": QUEUE_LENGTH,
        },
        engine_version=version("motionwright"),
        memory_mb=round(peak_memory_mb(), 1),
    )


@router.post("/motions", status_code=202, responses=problems(429))
def generate(body: GenerationBody, service: Served) -> JobAccepted:
    """Make motions from prompts."""
    request = body.request()
    request.resolved(service.engine.bundle.manifest)  # what can't be done is said now, not by the job
    return _submit(service, lambda engine, *reports: _generated(engine, request, *reports), body)


@router.post("/motions/upload", status_code=201, responses=problems(415, 507), openapi_extra=UPLOAD_BODY)
async def upload(request: Request, service: Served) -> MotionAccepted:
    """Keep a motion file, so that a range of it can be made anew."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in (NPZ, OCTETS):
        raise ProblemError(Problem(415, "Wrong kind of body", f"Send the motion file as {NPZ} or {OCTETS}."))
    content = await request.body()
    motion = await run_in_threadpool(Motion.from_bytes, content, "The upload")
    try:
        motion_id = await run_in_threadpool(lambda: service.store.add([Take(motion)])[0])
    except UserError as error:
        raise ProblemError(Problem(507, "No room", str(error))) from error
    return MotionAccepted(motion_id=motion_id)


@router.post("/motions/{motion_id}/regenerate", status_code=202, responses=problems(404, 429))
def regenerate(motion_id: str, body: RegenerationBody, service: Served) -> JobAccepted:
    """Make a range of a motion anew; the result is another motion."""
    request = body.request()
    request.options.resolved(service.engine.bundle.manifest)
    motion = _stored(service, motion_id)
    request.checked_against(motion)
    return _submit(service, lambda engine, *reports: _takes(engine.regenerate(motion, request, *reports)), body)


@router.get("/motions/{motion_id}", response_class=Response, responses=MOTION_RESPONSES | problems(404, 406))
def motion(motion_id: str, request: Request, service: Served) -> Response:
    """A motion, as Accept asks: the motion file, BVH, or JSON."""
    kind = chosen(request.headers.get("accept"), (NPZ, OCTETS, BVH, JSON))
    if kind is None:
        raise ProblemError(Problem(406, "Not available in this form", f"Accept {NPZ}, {OCTETS}, {BVH} or {JSON}."))
    if kind in (NPZ, OCTETS):
        content = service.store.content(motion_id)
        if content is None:
            raise _no_motion(motion_id)
        return _file(content, kind, f"{motion_id}.npz")
    found = _stored(service, motion_id)
    if kind == BVH:
        return _file(bvh_text(found).encode("utf-8"), BVH, f"{motion_id}.bvh")
    return Response(_as_json(motion_id, found).model_dump_json(), media_type=JSON)


@router.get("/motions/{motion_id}/alignment", responses=problems(404))
def alignment(motion_id: str, service: Served) -> AlignmentAnswer:
    """What each word of the prompt did over time."""
    _stored(service, motion_id)
    found = service.store.alignment(motion_id)
    if found is None:
        raise not_found(
            "Only a motion that was made from words alone has an alignment; this one was uploaded or changed."
        )
    return AlignmentAnswer.model_validate(found.to_json())


@router.get("/jobs/{job_id}", responses=problems(404))
async def job(job_id: str, service: Served) -> JobAnswer:
    """A job as it is now."""
    return _job(service, job_id)


@router.delete("/jobs/{job_id}", responses=problems(404))
async def cancel(job_id: str, service: Served) -> JobAnswer:
    """Stop a job: at once where it waits, at its next call of the model where it runs; one that is over stays so."""
    _job(service, job_id)
    service.worker.cancel(job_id)
    return _job(service, job_id)


@router.get("/jobs/{job_id}/events", response_class=StreamingResponse, responses=EVENT_RESPONSES | problems(404))
async def events(job_id: str, service: Served) -> StreamingResponse:
    """The states of a job as server-sent events, from the present one to the last."""
    _job(service, job_id)
    stream: AsyncIterator[str] = service.streams.of(job_id)
    return StreamingResponse(stream, media_type="text/event-stream")


@router.get("/models")
def models(service: Served) -> ModelsAnswer:
    """Every model that can be used here."""
    return ModelsAnswer(models=[_model(service, found) for found in service.catalog.models()])


@router.put("/models/active", responses=LATER_RESPONSES | problems(404, 409, 429))
async def activate(body: ActivationBody, service: Served, response: Response) -> ModelAnswer:
    """Use another model after the jobs that wait; 202 where it will be in use only later."""
    listed = await run_in_threadpool(service.catalog.models)
    found = next((model for model in listed if model.name == body.name), None)
    if found is None:
        raise not_found(f"There is no model “{body.name}” here; choose one that GET /v1/models lists.")
    try:
        loading = asyncio.wrap_future(service.load(found.folder))
    except QueueFullError:
        raise _busy() from None
    try:
        await asyncio.wait_for(asyncio.shield(loading), _LOADING_SECONDS)
    except TimeoutError:
        response.status_code = 202
    except UserError as error:
        raise ProblemError(Problem(409, "Model not usable", str(error))) from error
    return _model(service, found)


def _submit(service: Service, work: Work, body: GenerationBody | RegenerationBody) -> JobAccepted:
    try:
        queued = service.worker.submit(work)
    except QueueFullError:
        raise _busy() from None
    _log.debug("job %s: %s", queued.id, body.model_dump_json())
    return JobAccepted(job_id=queued.id)


def _busy() -> ProblemError:
    detail = f"There are {QUEUE_LENGTH} jobs waiting; ask again in a moment."
    return ProblemError(Problem(429, "Too many jobs", detail, headers=(("Retry-After", "1"),)))


def _generated(
    engine: Engine, request: GenerationRequest, progress: Progress, cancelled: Callable[[], bool]
) -> list[Take]:
    alignments: list[Alignment] = []
    motions = engine.generate(request, progress, cancelled, alignments.extend)
    return [Take(made, alignment) for made, alignment in zip(motions, alignments, strict=True)]


def _takes(motions: Sequence[Motion]) -> list[Take]:
    return [Take(made) for made in motions]


def _stored(service: Service, motion_id: str) -> Motion:
    found = service.store.motion(motion_id)
    if found is None:
        raise _no_motion(motion_id)
    return found


def _no_motion(motion_id: str) -> ProblemError:
    return not_found(f"There is no motion “{motion_id[:64]}” here, or no longer; generate or upload it again.")


def _job(service: Service, job_id: str) -> JobAnswer:
    found = service.board.get(job_id)
    if found is None:
        raise not_found(f"There is no job “{job_id[:64]}” here, or no longer; ask again for what it should make.")
    return JobAnswer.of(found)


def _model(service: Service, model: Model) -> ModelAnswer:
    return ModelAnswer(
        name=model.name,
        version=model.manifest.version,
        license=model.manifest.license,
        attributions=list(model.manifest.attributions),
        embedded=model.embedded,
        active=service.is_active(model),
    )


def _as_json(motion_id: str, motion: Motion) -> MotionAnswer:
    numbers: dict[str, Any] = {
        "rest_offsets": motion.skeleton.rest_offsets,
        "local_rotations": motion.local_rotations_wxyz,
        "root_translation": motion.root_translation_m,
        "foot_contacts": motion.foot_contacts,
    }
    return MotionAnswer(
        motion_id=motion_id,
        frames=len(motion),
        fps=motion.fps,
        joint_names=list(motion.skeleton.joint_names),
        parents=list(motion.skeleton.parents),
        meta=dict(motion.meta),
        **{name: values.tolist() for name, values in numbers.items()},
    )


def _file(content: bytes, kind: str, name: str) -> Response:
    return Response(content, media_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})
