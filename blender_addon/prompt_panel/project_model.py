"""The one project that all parts of the window share: changed through `apply`, told to everybody, undone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace

from PySide6.QtCore import QObject, Signal

from .project import Project, bounded

_MOST_STEPS = 200
_NOT_UNDONE = ("prompt_text", "history", "playhead", "shown", "takes", "settings")
"""The prompt box undoes its own typing; takes are deleted and settings turned with buttons of their own."""


class ProjectModel(QObject):
    """Holds a Project. changed(Project) comes once after every change, also of undo and redo."""

    changed = Signal(object)

    def __init__(self, project: Project | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._project = project or Project()
        self._undone: list[Project] = []
        self._done: list[Project] = []
        self._merging = ""

    @property
    def project(self) -> Project:
        """As it is now."""
        return self._project

    @property
    def can_undo(self) -> bool:
        """Whether there is a step to take back."""
        return bool(self._done)

    @property
    def can_redo(self) -> bool:
        """Whether there is a step to take again."""
        return bool(self._undone)

    def apply(self, change: Callable[[Project], Project], merge: str = "") -> None:
        """Change the project. Changes one after another with the same `merge` are one step of undo, like a drag."""
        before, after = self._project, bounded(change(self._project))
        if after == before:
            return
        if _undoable(before, after):
            if not (merge and merge == self._merging):
                self._done = [*self._done[-_MOST_STEPS + 1 :], before]
            self._merging = merge
            self._undone.clear()
        self._set(after)

    def end_merge(self) -> None:
        """The next change is a step of its own, whatever its name: the drag is over."""
        self._merging = ""

    def undo(self) -> None:
        """Take the last step back."""
        if self._done:
            self._undone.append(self._project)
            self._step(self._done.pop())

    def redo(self) -> None:
        """Take it again."""
        if self._undone:
            self._done.append(self._project)
            self._step(self._undone.pop())

    def open(self, project: Project) -> None:
        """Another project, without a way back to this one."""
        self._done.clear()
        self._undone.clear()
        self._merging = ""
        self._set(project)

    def _step(self, project: Project) -> None:
        self._merging = ""
        self._set(replace(project, **{name: getattr(self._project, name) for name in _NOT_UNDONE}))

    def _set(self, project: Project) -> None:
        self._project = project
        self.changed.emit(project)


def _undoable(before: Project, after: Project) -> bool:
    names = (each.name for each in fields(Project) if each.name not in _NOT_UNDONE)
    return any(getattr(before, name) != getattr(after, name) for name in names)
