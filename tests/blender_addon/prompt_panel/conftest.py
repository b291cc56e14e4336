"""Figures that are made by hand, a real engine with the toy bundle, and the whole window on an unseen screen."""

import os

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")  # before Qt is first asked for a screen

import threading
from dataclasses import replace
from functools import partial

import pytest

from blender_addon.engine_link.answers import Alignment
from blender_addon.prompt_panel import theme
from blender_addon.prompt_panel.calls import NAME as CALL_NAME
from blender_addon.prompt_panel.engine_client import Address, Engine
from blender_addon.prompt_panel.figure import Figure
from blender_addon.prompt_panel.motion_files import MotionFiles
from blender_addon.prompt_panel.project_model import ProjectModel
from blender_addon.prompt_panel.window import Window
from tests.blender_addon.prompt_panel.bodies import made_take, motion
from tests.engine.service.running import serving

WAIT_MS = 20_000


@pytest.fixture(scope="session")
def qapp(qapp):
    """The application, looking as the user's does."""
    theme.apply(qapp)
    return qapp


@pytest.fixture
def make_figure():
    return lambda **options: Figure(motion(**options))


@pytest.fixture
def make_take(tmp_path):
    """A take and its motion on disk."""

    return partial(made_take, tmp_path)


@pytest.fixture
def alignment():
    """Three words over five columns of four frames."""
    weights = ((0.1, 0.1, 0.1, 0.1, 0.1), (0.0, 0.6, 0.5, 0.0, 0.6), (0.2, 0.1, 0.1, 0.2, 0.1))
    return Alignment(("a", "person", "walks"), (0, 4, 8, 12, 16), weights, 0.25, (0.2, 0.3))


@pytest.fixture(scope="session")
def service(tmp_path_factory):
    """A real engine with the toy bundle, shared by those tests that leave it as it is."""
    with serving(tmp_path_factory.mktemp("service")) as running:
        yield running


@pytest.fixture
def engine(qtbot, service, tmp_path):
    """The engine as the window knows it, ready."""
    found = Engine(Address(service.client.url, service.client.token), MotionFiles(tmp_path / "takes"))
    found.start()
    qtbot.waitUntil(lambda: found.ready, timeout=WAIT_MS)
    yield found
    leave(qtbot, found)


@pytest.fixture
def window(qtbot, engine, tmp_path):
    """The window in its smallest size, with a ready engine and short motions."""
    return shown_window(qtbot, engine, tmp_path)


@pytest.fixture
def early_window(qtbot, tmp_path):
    """The same before anybody has said where the engine is."""
    engine = Engine(None, MotionFiles(tmp_path / "takes"))
    engine.start()
    yield shown_window(qtbot, engine, tmp_path)
    leave(qtbot, engine)


def leave(qtbot, engine):
    """Close an engine and wait for its calls: a thread that outlives them would be the last to hold Qt's objects."""
    engine.close()
    qtbot.waitUntil(lambda: all(each.name != CALL_NAME for each in threading.enumerate()), timeout=WAIT_MS)


def shown_window(qtbot, engine, folder):
    shown = Window(engine, ProjectModel(), MotionFiles(folder / "takes"))
    qtbot.addWidget(shown)
    shown.resize(900, 600)
    short = replace(shown.model.project.settings, automatic_length=False, seconds=1.0, variations=2, preset="draft")
    shown.model.apply(lambda project: replace(project, settings=short))
    shown.show()
    qtbot.waitExposed(shown)
    shown.activateWindow()
    return shown


@pytest.fixture
def type_and_enter(qtbot, window):
    """Type a sentence and press Enter; wait until its takes are there."""

    def generate(text="a person walks"):
        before = len(window.model.project.takes)
        window.column.prompt.selectAll()
        qtbot.keyClicks(window.column.prompt, text)
        qtbot.keyClick(window.column.prompt, "\r")
        expected = before + window.model.project.settings.variations
        qtbot.waitUntil(lambda: len(window.model.project.takes) == expected, timeout=WAIT_MS)
        return [take.motion_id for take in window.model.project.takes[before:]]

    return generate
