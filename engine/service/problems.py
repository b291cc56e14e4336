"""Mistakes as `application/problem+json` (RFC 9457): a title, and a sentence that says what to do."""

from __future__ import annotations

import json
from dataclasses import dataclass

from starlette.responses import Response

MEDIA_TYPE = "application/problem+json"


@dataclass(frozen=True)
class Problem:
    """status: of HTTP. title: the kind of problem, always in the same words. detail: this one, in a sentence."""

    status: int
    title: str
    detail: str
    headers: tuple[tuple[str, str], ...] = ()


class ProblemError(Exception):
    """A route's way to answer with a problem."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.detail)
        self.problem = problem


def problem_response(problem: Problem) -> Response:
    """The answer that shows a problem."""
    content = {"type": "about:blank", "title": problem.title, "status": problem.status, "detail": problem.detail}
    text = json.dumps(content, ensure_ascii=False)
    return Response(text.encode("utf-8", "replace"), problem.status, dict(problem.headers), MEDIA_TYPE)


def invalid(detail: str) -> ProblemError:
    """What was sent can't be used."""
    return ProblemError(Problem(422, "Invalid request", detail))


def not_found(detail: str) -> ProblemError:
    """There is no such thing, or no longer."""
    return ProblemError(Problem(404, "Not found", detail))
