"""What the OpenAPI document says beyond the bodies: media types, problems, the token."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from engine.service.problems import MEDIA_TYPE
from engine.service.schemas import ModelAnswer, MotionAnswer, ProblemAnswer

NPZ, OCTETS, BVH, JSON = "application/x-npz", "application/octet-stream", "text/x-bvh", "application/json"

Responses = dict[int | str, dict[str, Any]]

_DESCRIPTIONS = {
    400: "The body could not be read.",
    401: "The token is missing or wrong.",
    403: "Asked by a web page.",
    404: "There is no such thing, or no longer.",
    406: "Not available in a form that Accept names.",
    409: "The model can't be used.",
    413: "The body is too large.",
    415: "The body is of another kind.",
    421: "Asked under a foreign name.",
    422: "What was sent can't be used.",
    429: "Too many jobs wait; ask again after Retry-After seconds.",
    507: "The store has no room.",
}
_BINARY = {"schema": {"type": "string", "format": "binary"}}


def problems(*statuses: int) -> Responses:
    """What a route answers beside success."""
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemAnswer"}}}
    return {status: {"description": _DESCRIPTIONS[status], "content": content} for status in statuses}


UPLOAD_BODY: dict[str, Any] = {"requestBody": {"required": True, "content": {NPZ: _BINARY, OCTETS: _BINARY}}}
MOTION_RESPONSES: Responses = {
    200: {
        "description": "The motion.",
        "content": {
            NPZ: _BINARY,
            OCTETS: _BINARY,
            BVH: {"schema": {"type": "string"}},
            JSON: {"schema": {"$ref": "#/components/schemas/MotionAnswer"}},
        },
    }
}
LATER_RESPONSES: Responses = {202: {"description": "The model will be in use later.", "model": ModelAnswer}}
_EVENT = {
    "type": "object",
    "properties": {
        "event": {"const": "state"},
        "data": {
            "type": "string",
            "contentMediaType": JSON,
            "contentSchema": {"$ref": "#/components/schemas/JobAnswer"},
        },
    },
    "required": ["event", "data"],
}
EVENT_RESPONSES: Responses = {
    200: {
        "description": "Events “state”, each with a JobAnswer; the last one with a state that is final.",
        "content": {"text/event-stream": {"schema": _EVENT}},
    }
}


def document(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document of the application."""
    result = get_openapi(
        title="Motionwright",
        version=app.version,
        description="Type what a character should do; get motion.",
        routes=app.routes,
    )
    components = result.setdefault("components", {})
    for model in (ProblemAnswer, MotionAnswer):
        components.setdefault("schemas", {})[model.__name__] = model.model_json_schema()
    components["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
    result["security"] = [{"token": []}]
    return result
