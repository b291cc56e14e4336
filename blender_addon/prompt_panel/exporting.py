"""Taking a motion out of the window: dragged onto another program, or saved from the menu, as BVH or npz."""

from __future__ import annotations

import re
from pathlib import Path

from PySide6.QtCore import QByteArray, QMimeData, QObject, QStandardPaths, QUrl, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from ..errors import AddonError
from ..outputs import free_path, written_together
from .engine_client import Engine
from .jobs import Made
from .motion_files import MotionFiles
from .project import Take

TAKE_TYPE = "application/x-motionwright-take"
"""What a dragged take is to our own timeline: its motion id in UTF-8."""
_LONGEST_NAME = 60


def drag_data(take: Take, npz_rather: bool, motions: MotionFiles) -> QMimeData:
    """What a dragged card carries: its id for us, its file for others (BVH where there is one, unless `npz_rather`)."""
    data = QMimeData()
    data.setData(TAKE_TYPE, QByteArray(take.motion_id.encode("utf-8")))
    data.setText(", then ".join(take.prompts))
    file = dragged_file(take, npz_rather, motions)
    if file is not None:
        data.setUrls([QUrl.fromLocalFile(str(file))])
    return data


def dragged_file(take: Take, npz_rather: bool, motions: MotionFiles) -> Path | None:
    """A copy of the motion under a name that says what it is; None where no file is there."""
    kept = [motions.path(take.motion_id, suffix) for suffix in (".bvh", ".npz")]
    files = [file for file in (reversed(kept) if npz_rather else kept) if file.is_file()]
    if not files:
        return None
    folder = motions.folder / "dragged" / take.motion_id
    try:
        folder.mkdir(parents=True, exist_ok=True)
        named = folder / f"{file_name(take)}{files[0].suffix}"
        named.write_bytes(files[0].read_bytes())
    except OSError:
        return files[0]
    return named


class Exporter(QObject):
    """Saves takes where the user says. said(sentence, kind): what came of it, “error” or “quiet”."""

    said = Signal(str, str)

    def __init__(self, engine: Engine, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._engine = engine

    def prepare(self, made: Made) -> None:
        """Have the BVH of a motion on disk soon: it may be dragged away in a moment."""
        if self._engine.ready:
            self._engine.bvh(made.motion_id, made.file, lambda path: None, lambda sentence: None)

    def ask_where(self, window: QWidget, take: Take, made: Made, suffix: str) -> None:
        """Open the system's dialog and save there, unless it is closed."""
        documents = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
        suggested = suggested_path(take, suffix, Path(documents))
        kinds = f"{suffix[1:].upper()} (*{suffix})"
        chosen, _ = QFileDialog.getSaveFileName(window, "Export", str(suggested), kinds)
        if chosen:
            self.save(made, Path(chosen).with_suffix(suffix))

    def save(self, made: Made, target: Path) -> None:
        """Write a motion as BVH or npz, as the file's name says."""
        try:
            if target.suffix == ".npz":
                self._write(made.file, target)
            else:
                self._engine.bvh(
                    made.motion_id,
                    made.file,
                    lambda file: self._write(file, target),
                    lambda why: self.said.emit(why, "error"),
                )
        except AddonError as error:
            self.said.emit(str(error), "error")

    def _write(self, source: Path, target: Path) -> None:
        try:
            save(source, target)
        except AddonError as error:
            self.said.emit(str(error), "error")
        else:
            self.said.emit(f"Saved as {target.name}.", "quiet")


def save(source: Path, target: Path) -> None:
    """Write a motion file where the user wants it, whole or not at all. AddonError where that can't be done."""
    try:
        with written_together(target) as (draft,):
            assert draft is not None
            draft.write_bytes(source.read_bytes())
    except OSError as error:
        raise AddonError(f"{target} can't be written ({error.strerror}); choose another place.") from error


def file_name(take: Take) -> str:
    """Words and seed, fit for a file on every system."""
    words = re.sub(r"[^A-Za-z0-9]+", "-", " ".join(take.prompts)).strip("-").lower()
    return f"{words[:_LONGEST_NAME].rstrip('-') or 'motion'}-{take.seed}"


def suggested_path(take: Take, suffix: str, folder: Path) -> Path:
    """A file that does not exist yet."""
    return free_path(folder / f"{file_name(take)}{suffix}")
