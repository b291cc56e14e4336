"""The application: routes, errors as problems, and the guard before all of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import Any

import anyio.to_thread
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp

from engine.errors import UserError
from engine.service.access import Access
from engine.service.documentation import document
from engine.service.problems import Problem, ProblemError, problem_response
from engine.service.routes import router
from engine.service.service import Service

_ROUTE_THREADS = 8
_ERRORS = {
    400: ("Unreadable body", "The body could not be read; send JSON in UTF-8."),
    404: ("Not found", "There is nothing under this path; GET /openapi.json lists what there is."),
    405: ("Method not allowed", "This path has other methods; the header Allow lists them."),
}


def create_app(service: Service, token: str, remote: bool = False) -> ASGIApp:
    """The service as an ASGI application for holders of `token`; remote: see `Access`."""
    return Access(unguarded_app(service), token, remote)


def unguarded_app(service: Service) -> FastAPI:
    """The application behind the guard."""
    app = FastAPI(
        title="Motionwright", version=version("motionwright"), docs_url=None, redoc_url=None, lifespan=_few_threads
    )
    app.state.service = service
    app.include_router(router)
    app.add_exception_handler(ProblemError, _problem)
    app.add_exception_handler(UserError, _user_error)
    app.add_exception_handler(RequestValidationError, _invalid_request)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(Exception, _our_mistake)
    app.openapi = lambda: _documented(app)  # type: ignore[method-assign]
    return app


def _documented(app: FastAPI) -> dict[str, Any]:
    if app.openapi_schema is None:
        app.openapi_schema = document(app)
    return app.openapi_schema


@asynccontextmanager
async def _few_threads(_app: FastAPI) -> AsyncIterator[None]:
    """Routes wait for the disk, not for each other: the forty threads of the default would only hold memory."""
    anyio.to_thread.current_default_thread_limiter().total_tokens = _ROUTE_THREADS
    yield


async def _problem(_request: Request, error: Exception) -> Response:
    assert isinstance(error, ProblemError)
    return problem_response(error.problem)


async def _user_error(_request: Request, error: Exception) -> Response:
    return problem_response(Problem(422, "Invalid request", str(error)))


async def _invalid_request(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    return problem_response(Problem(422, "Invalid request", _sentence(error.errors()[0])))


def _sentence(mistake: dict[str, Any]) -> str:
    """The first mistake in a body: where it stands, and what it should have been."""
    place = ".".join(str(part) for part in mistake["loc"] if part != "body")
    if mistake["type"] == "json_invalid":
        return "The body is no JSON; send a JSON object."
    return f"“{place}”: {mistake['msg']}." if place else f"The body is not as it must be: {mistake['msg']}."


async def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    title, detail = _ERRORS.get(error.status_code, ("Not possible", f"{error.detail}."))
    headers = dict(error.headers or {})
    if error.status_code == 405:
        headers["Allow"] = ", ".join(_methods(request.url.path)) or headers.get("Allow", "GET")
    return problem_response(Problem(error.status_code, title, detail, tuple(headers.items())))


def _methods(path: str) -> list[str]:
    """All that a path takes; the routes know them one by one, and the error only those of the first."""
    routes = [route for route in router.routes if isinstance(route, APIRoute)]
    literal = [route for route in routes if route.path == path]
    matching = literal or [route for route in routes if route.path_regex.match(path)]
    return sorted({method for route in matching for method in route.methods or ()})


async def _our_mistake(_request: Request, _error: Exception) -> Response:
    detail = "The engine made a mistake; its log tells more. Ask again, or for something else."
    return problem_response(Problem(500, "Internal error", detail))
