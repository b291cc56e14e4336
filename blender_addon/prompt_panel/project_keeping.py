"""Keeping the window's project on disk at every moment, and finding the right one again: nothing is lost to a crash.

Every project has a folder of its own, locked by the window that has it open. Changes are on disk within a third of a
second, written on a thread.
"""

from __future__ import annotations

import queue
import threading
import uuid
from dataclasses import dataclass, replace
from pathlib import Path

from PySide6.QtCore import QLockFile, QObject, QTimer, Signal

from ..errors import AddonError
from .project import Project
from .project_model import ProjectModel
from .saved_project import FILE_NAME, SavedProject, Stamp, continued, new_project, newest, read, write

SAVE_MS = 300
_MOST_PROJECTS = 200
_FINISH_SECONDS = 3.0
_MOST_EARLIER = 12


@dataclass(frozen=True)
class Earlier:
    """A project that was worked on before. changed: seconds since 1970."""

    file: Path
    saved: SavedProject
    changed: float


class ProjectKeeper(QObject):
    """Saves what `model` holds below `folder`. Everything but `finish` returns at once.

    written(Path): the file has a new state. opened(): another project is in the model. said(sentence, kind): what the
    user should know; kind: "quiet" or "error".
    """

    written = Signal(Path)
    opened = Signal()
    said = Signal(str, str)

    def __init__(self, model: ProjectModel, folder: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._model, self._folder = model, folder
        self._saved = new_project()
        self._lock: QLockFile | None = None
        self._orders: queue.SimpleQueue[tuple[SavedProject, Path] | None] = queue.SimpleQueue()
        self._writer = threading.Thread(target=self._write_orders, name="motionwright-autosave", daemon=True)
        self._writer.start()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(SAVE_MS)
        self._timer.timeout.connect(self._save)
        model.changed.connect(self._note)

    @property
    def saved(self) -> SavedProject:
        """The newest state that was handed to the disk."""
        return self._saved

    @property
    def file(self) -> Path:
        """Where the project lies."""
        return self._file(self._saved.id)

    def open_last(self) -> None:
        """Open what was open last, where the window stands alone."""
        self._take_over(self._left_behind("", only_crashed=False) or new_project())

    def open_document(self, document: str, file: Path | None) -> None:
        """Open the project of a .blend from `file`, what it holds; unsaved work that fits it is recovered."""
        self.flush()
        held = self._read(file) if file is not None else None
        if held is None:
            crashed = self._left_behind(document, only_crashed=True)
            self._take_over(crashed or new_project(document), recovered=crashed is not None)
            return
        autosaved = newest(held, self._read(self._file(held.id)))
        if autosaved is None:
            taken = self._file(held.id).exists()
            own = replace(held, id=uuid.uuid4().hex) if taken else held
            self._take_over(replace(own, document=document, base=held.stamp))
            return
        recovered = autosaved.stamp != held.stamp and not autosaved.ended
        self._take_over(replace(autosaved, document=document, base=held.stamp), recovered)

    def open_project(self, project: Project) -> None:
        """Open a project that was read from somewhere else, as a new one of the same document."""
        self.flush()
        fresh = new_project(self._saved.document)
        self._take_over(fresh.changed(project))
        self._save()

    def earlier(self) -> list[Earlier]:
        """The projects that were worked on last and have something in them, the newest first, without the open one."""
        files = sorted(self._folder.glob(f"*/{FILE_NAME}"), key=_changed, reverse=True)
        found = []
        for file in files[: 2 * _MOST_EARLIER]:
            saved = self._read(file)
            if saved is not None and saved.id != self._saved.id and saved.project.title:
                found.append(Earlier(file, saved, _changed(file)))
        return found[:_MOST_EARLIER]

    def open_earlier(self, earlier: Earlier) -> None:
        """Go on with an earlier project; one that belongs to another .blend stays as it is, and a copy is opened."""
        if earlier.saved.document != self._saved.document:
            self.open_project(earlier.saved.project)
            return
        self.flush()
        self._take_over(earlier.saved)

    def mark_saved(self, stamp: Stamp, document: str) -> None:
        """A .blend was saved with a state of this project."""
        self._saved = replace(self._saved, base=stamp, document=document)
        self._orders.put((self._saved, self.file))

    def flush(self) -> None:
        """Hand what has changed to the disk now."""
        if self._timer.isActive():
            self._save()

    def finish(self, on_purpose: bool) -> None:
        """Write the last state and wait until it is on disk. on_purpose: the user has closed the window or Blender."""
        if not self._writer.is_alive():
            return
        self._timer.stop()
        if self._saved.project != self._model.project:
            self._saved = self._saved.changed(self._model.project)
        if self._saved.stamp.number > 0:
            self._saved = replace(self._saved, ended=on_purpose)
            self._orders.put((self._saved, self.file))
        self._orders.put(None)
        self._writer.join(_FINISH_SECONDS)
        self._unlock()

    def _note(self, project: Project) -> None:
        if project != self._saved.project and not self._timer.isActive():
            self._timer.start()

    def _save(self) -> None:
        self._timer.stop()
        if self._saved.project != self._model.project:
            self._saved = self._saved.changed(self._model.project)
        self._orders.put((self._saved, self.file))

    def _take_over(self, saved: SavedProject, recovered: bool = False) -> None:
        """Open a project as the first state of a new sitting; one that another window has open goes on as a copy."""
        self._unlock()
        if not self._locked(saved.id):
            saved = replace(saved, id=uuid.uuid4().hex)
            self._locked(saved.id)
        self._timer.stop()
        self._saved = continued(saved)
        self._model.open(saved.project)
        self._timer.stop()
        if saved.stamp.number > 0:
            self._orders.put((self._saved, self.file))
        self.opened.emit()
        if recovered:
            self.said.emit("Recovered what was not saved with the .blend.", "quiet")

    def _left_behind(self, document: str, only_crashed: bool) -> SavedProject | None:
        """The last project of a document that no window has open; only_crashed: whose window did not end on purpose."""
        files = sorted(self._folder.glob(f"*/{FILE_NAME}"), key=_changed, reverse=True)
        self._tidy(files[_MOST_PROJECTS:])
        for file in files[:_MOST_PROJECTS]:
            saved = self._read(file)
            if saved is None or saved.document != document or saved.id != file.parent.name:
                continue
            if only_crashed and (saved.ended or not saved.has_unsaved_work):
                continue
            if not self._is_open(saved.id):
                return saved
        return None

    def _tidy(self, files: list[Path]) -> None:
        for file in files:
            saved = self._read(file)
            if saved is not None and not saved.has_unsaved_work and not self._is_open(saved.id):
                file.unlink(missing_ok=True)

    def _read(self, file: Path) -> SavedProject | None:
        if not file.is_file():
            return None
        try:
            return read(file)
        except AddonError as error:
            self.said.emit(str(error), "error")
            return None

    def _file(self, identifier: str) -> Path:
        return self._folder / identifier / FILE_NAME

    def _is_open(self, identifier: str) -> bool:
        lock = _lock(self._file(identifier))
        free = lock.tryLock(0)
        lock.unlock()
        return not free

    def _locked(self, identifier: str) -> bool:
        """Whether this window has the project now."""
        file = self._file(identifier)
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            self.said.emit(f"The project can't be kept in {self._folder} ({error.strerror}); make room there.", "error")
            return True
        self._lock = _lock(file)
        return self._lock.tryLock(0) or self._lock.error() is not QLockFile.LockError.LockFailedError

    def _unlock(self) -> None:
        if self._lock is not None:
            self._lock.unlock()
            self._lock = None

    def _write_orders(self) -> None:
        """The thread: the newest order; what a later one replaces is not written."""
        while (order := self._orders.get()) is not None:
            last = False
            while not self._orders.empty():
                later = self._orders.get()
                if later is None:
                    last = True
                    break
                if later[1] != order[1]:
                    self._write(*order)
                order = later
            self._write(*order)
            if last:
                return

    def _write(self, saved: SavedProject, file: Path) -> None:
        try:
            write(saved, file)
        except AddonError as error:
            self.said.emit(str(error), "error")
        else:
            self.written.emit(file)


def _lock(file: Path) -> QLockFile:
    lock = QLockFile(str(file.with_name("open.lock")))
    lock.setStaleLockTime(0)  # only the end of its process frees it
    return lock


def _changed(file: Path) -> float:
    try:
        return file.stat().st_mtime
    except OSError:
        return 0.0
