"""Starting the window: its arguments, its theme and scale, its engine."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from . import theme
from .blender_link.bar import Bar
from .companion import ProjectCompanion
from .engine_client import Address, Engine, OwnEngine
from .motion_files import MotionFiles, window_folder
from .project_keeping import ProjectKeeper
from .project_model import ProjectModel
from .window import Window

TOKEN_VARIABLE = "MOTIONWRIGHT_ENGINE_TOKEN"
"""Where the token of an engine is given: arguments can be read by other users."""


@dataclass(frozen=True)
class Options:
    """url, token: of an engine that runs, empty to start one. model: a bundle for that one. scale: of the interface.

    folder: where the window keeps its motions; None for the user's own.
    """

    url: str = ""
    token: str = ""
    model: str = ""
    scale: float = 1.0
    folder: Path | None = None


def start(options: Options) -> int:
    """Run the window until it is closed, with the project that was open last; returns the exit status."""
    application = make_application(options)
    window = build(options)
    keeper = ProjectKeeper(window.model, (options.folder or window_folder()) / "projects", window)
    ProjectCompanion(window, keeper, Bar(with_blender=False))
    keeper.open_last()
    window.show()
    window.engine.start()
    status = run(application, window)
    keeper.finish(on_purpose=True)
    return status


def make_application(options: Options, environment: Mapping[str, str] = os.environ) -> QApplication:
    """Qt with the theme, at the scale of the options."""
    if options.scale != 1.0:
        os.environ["QT_SCALE_FACTOR"] = f"{options.scale * float(environment.get('QT_SCALE_FACTOR', 1.0)):g}"
    application = QApplication([sys.argv[0]])
    application.setApplicationName("Motionwright")
    application.setDesktopFileName("motionwright")
    theme.apply(application)
    return application


def run(application: QApplication, window: Window) -> int:
    """Until the window is closed; an engine of its own ends with it. Returns the exit status."""
    # Queued: it may come before there is a loop to be left.
    signal.signal(signal.SIGINT, lambda number, frame: QTimer.singleShot(0, application.quit))
    waking = QTimer(application)  # Python looks at signals only between its own steps
    waking.start(200)
    waking.timeout.connect(lambda: None)
    status = application.exec()
    window.engine.close()
    return status


def build(options: Options, beside_blender: bool = False) -> Window:
    """The window, not shown yet, its engine not started. beside_blender: the engine is Blender's to start."""
    folder = options.folder or window_folder()
    motions = MotionFiles(folder / "takes")
    engine = Engine(None if beside_blender else _source(options, folder), motions)
    window = Window(engine, ProjectModel(), motions)
    engine.setParent(window)
    return window


def _source(options: Options, folder: Path) -> Address | OwnEngine:
    return Address(options.url, options.token) if options.url else OwnEngine(folder / "engine", options.model)
