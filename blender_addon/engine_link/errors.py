"""What can go wrong between the extension and the engine: a sentence, and which button mends it."""

from __future__ import annotations

from enum import StrEnum

from ..errors import AddonError


class Remedy(StrEnum):
    """The button that mends an error."""

    SET_UP = "set_up"
    START = "start"
    RESTART = "restart"
    PREFERENCES = "preferences"
    NONE = "none"


class EngineError(AddonError):
    """The engine could not do what was asked: `sentence` for the user, `remedy` for the button beside it."""

    def __init__(self, sentence: str, remedy: Remedy = Remedy.NONE) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.remedy = remedy


class TaskCancelledError(Exception):
    """Raised inside a task's work when its user has cancelled it."""
