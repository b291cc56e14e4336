"""Errors as operators show them: in the way of Blender, and in the sidebar with the button that mends them."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from ..engine_link.errors import EngineError, Remedy
from ..errors import AddonError
from .jobs import Trouble, set_trouble


def complaining(execute: Callable[[Any, Any], set[str]]) -> Callable[[Any, Any], set[str]]:
    """An operator's `execute` whose AddonErrors are reported to the user; the operator then counts as cancelled."""

    @wraps(execute)
    def method(operator: Any, context: Any) -> set[str]:
        try:
            return execute(operator, context)
        except AddonError as error:
            set_trouble(Trouble(str(error), error.remedy if isinstance(error, EngineError) else Remedy.NONE))
            operator.report({"ERROR"}, str(error))
            return {"CANCELLED"}

    return method
