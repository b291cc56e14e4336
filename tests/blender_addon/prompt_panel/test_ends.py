"""Whatever is killed in the middle of a generation: words and takes are kept, and nobody is left behind."""

import json
import os
import signal
import subprocess
import sys
from dataclasses import replace

import psutil
import pytest
from PySide6.QtCore import Qt

from blender_addon.prompt_panel.engine_client import Address, Condition, Engine
from blender_addon.prompt_panel.motion_files import MotionFiles
from blender_addon.prompt_panel.project_keeping import ProjectKeeper
from blender_addon.prompt_panel.project_model import ProjectModel
from tests.blender_addon.prompt_panel.conftest import WAIT_MS, leave, shown_window
from tests.engine.service.running import TOY, serving

GENERATING = """
import json, sys
from dataclasses import replace
from pathlib import Path
from blender_addon.prompt_panel.application import Options, build, make_application, run
from blender_addon.prompt_panel.project_keeping import ProjectKeeper

options = Options(folder=Path(sys.argv[1]), model=sys.argv[2])
application = make_application(options)
window = build(options)
keeper = ProjectKeeper(window.model, options.folder / "projects", window)
keeper.open_last()
window.show()
long = replace(window.model.project.settings, preset="best", automatic_length=False, seconds=10.0, variations=16)
window.model.apply(lambda project: replace(project, settings=long))
window.column.prompt.insertPlainText("a person walks")
window.generate()
window.director.progressed.connect(
    lambda fraction: print(json.dumps({"engine": window.engine._server._process.pid}), flush=True)
)
window.engine.start()
run(application, window)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL; the engine's own tests end it another way")
def test_a_window_that_is_killed_while_takes_are_made_leaves_its_project_and_no_engine(qapp, tmp_path):
    command = [sys.executable, "-c", GENERATING, str(tmp_path), str(TOY)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as window:
        engine = psutil.Process(json.loads(window.stdout.readline())["engine"])
        os.kill(window.pid, signal.SIGKILL)
        _, alive = psutil.wait_procs([engine], timeout=5.0)
    assert alive == []
    keeper = ProjectKeeper(ProjectModel(), tmp_path / "projects")
    keeper.open_last()
    project = keeper._model.project
    assert (project.prompt_text, project.history) == ("a person walks", ("a person walks",))
    keeper.finish(on_purpose=True)


def test_an_engine_that_is_killed_while_takes_are_made_takes_nothing_along(qtbot, service, tmp_path):
    with serving(tmp_path) as other:
        engine = Engine(Address(other.client.url, other.client.token), MotionFiles(tmp_path / "takes"))
        engine.start()
        qtbot.waitUntil(lambda: engine.ready, timeout=WAIT_MS)
        window = shown_window(qtbot, engine, tmp_path)
        qtbot.keyClicks(window.column.prompt, "a person walks")
        qtbot.keyClick(window.column.prompt, Qt.Key.Key_Return)
        qtbot.waitUntil(lambda: len(window.model.project.takes) == 2, timeout=WAIT_MS)
        before, short = window.model.project, window.model.project.settings
        long = replace(short, preset="best", seconds=10.0, variations=16)
        window.model.apply(lambda project: replace(project, settings=long))
        window.generate()
        with qtbot.waitSignal(window.director.progressed, timeout=WAIT_MS):
            pass
        other.process.kill()
        qtbot.waitUntil(lambda: not window.director.working, timeout=5000)
        assert window.column.message.text()
        assert window.takes._pending == []
        qtbot.waitUntil(lambda: engine.state.condition is Condition.GONE, timeout=WAIT_MS)
    assert window.model.project.takes == before.takes
    assert window.column.prompt.text() == "a person walks"
    window.model.apply(lambda project: replace(project, settings=short))
    engine.start(Address(service.client.url, service.client.token))
    qtbot.waitUntil(lambda: engine.ready, timeout=WAIT_MS)
    qtbot.keyClick(window.column.prompt, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: len(window.model.project.takes) == 4, timeout=WAIT_MS)
    window.close()
    leave(qtbot, engine)
