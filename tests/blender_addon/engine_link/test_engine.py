"""The engine's life: started, ready, killed, stopped; and what is said when it can't be."""

import os
import signal
import socket
import subprocess
import sys
import textwrap
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from blender_addon.engine_link import engine
from blender_addon.engine_link.engine import State
from blender_addon.engine_link.errors import EngineError, Remedy, TaskCancelledError
from blender_addon.engine_link.server import Server
from blender_addon.engine_link.settings import Mode
from blender_addon.engine_link.tasks import run_task

REPOSITORY = Path(__file__).resolve().parents[3]


def wait_for(condition, seconds=60.0):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


def server():
    return engine._engine._server


def refused(settings):
    """What the user is told where the engine can't start."""
    engine.configure(settings)
    with pytest.raises(EngineError) as caught:
        engine.ensure_started()
    assert (engine.status().sentence, engine.status().remedy) == (caught.value.sentence, caught.value.remedy)
    assert caught.value.sentence.endswith(".")
    return caught.value


def test_it_starts_once_and_stops(configured):
    assert (engine.status().state, engine.status().remedy) == (State.STOPPED, Remedy.START)
    clients = []
    threads = [threading.Thread(target=lambda: clients.append(engine.ensure_started())) for _ in range(4)]
    for thread in threads:
        thread.start()
    wait_for(lambda: engine.status().state is State.STARTING)
    for thread in threads:
        thread.join()
    assert len(clients) == 4
    assert len(set(map(id, clients))) == 1
    status = engine.status()
    assert (status.state, status.version, status.provider) == (State.READY, "0.1.0", "cpu")
    process = server()._process
    engine.stop()
    assert process.poll() is not None
    assert engine.status().state is State.STOPPED
    with pytest.raises(EngineError, match="does not answer"):
        clients[0].info()


def test_killed_half_way_it_is_said_and_restarts(configured):
    client = engine.ensure_started()
    long = {"prompts": [{"text": "a person walks", "seconds": 1.0}], "flow_steps": 200, "variations": 16}
    events = client.events([client.generate(long) for _ in range(8)][-1])
    next(events)
    server()._process.kill()
    with pytest.raises(EngineError) as caught:
        list(events)
    assert caught.value.remedy is Remedy.RESTART
    wait_for(lambda: engine.status().state is State.FAILED)
    assert engine.status().remedy is Remedy.RESTART
    assert "unexpectedly" in engine.status().sentence
    assert engine.ensure_started().info().engine_version == "0.1.0"
    assert engine.status().state is State.READY


def test_other_settings_end_the_engine(configured):
    engine.ensure_started()
    process = server()._process
    engine.configure(configured)  # the same ones do not
    assert process.poll() is None
    engine.configure(replace(configured, store_megabytes=99))
    wait_for(lambda: process.poll() is not None)
    assert engine.status().state is State.STOPPED


def test_other_settings_while_it_starts(configured):
    troubles = []
    task = run_task(engine.ensure_started, troubles.append, troubles.append, troubles.append)
    wait_for(lambda: engine.status().state is State.STARTING)
    engine.configure(replace(configured, store_megabytes=99))
    assert task.wait(60.0)
    assert [error.remedy for error in troubles] == [Remedy.START]
    assert server() is None
    assert engine.ensure_started().info().engine_version == "0.1.0"


def test_a_cancel_ends_the_start(configured):
    ends = []
    task = run_task(engine.ensure_started, ends.append, ends.append, ends.append, lambda: ends.append("stopped"))
    wait_for(lambda: engine.status().state is State.STARTING)
    task.cancel()
    assert task.wait(60.0)
    assert ends == ["stopped"]
    assert engine.status().state is State.STOPPED


def test_the_port_is_taken(configured):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        error = refused(replace(configured, port=port))
    assert str(port) in error.sentence
    assert error.remedy is Remedy.PREFERENCES


def test_it_is_not_set_up(configured):
    error = refused(replace(configured, mode=Mode.MANAGED))
    assert error.remedy is Remedy.SET_UP
    assert engine.status().state is State.MISSING


def test_it_is_another_version(configured):
    assert refused(replace(configured, version="9.1.0")).remedy is Remedy.PREFERENCES
    assert "9.1.0" in engine.status().sentence
    with engine_of(configured) as (url, token):
        address = replace(configured, mode=Mode.ADDRESS, url=url, token=token)
        assert refused(replace(address, version="9.1.0")).remedy is Remedy.PREFERENCES


def test_the_python_is_no_engines(configured, tmp_path):
    assert refused(replace(configured, python=None)).remedy is Remedy.PREFERENCES
    assert refused(replace(configured, python=tmp_path / "none")).remedy is Remedy.PREFERENCES
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "bare"], check=True)
    bare = tmp_path / "bare" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    error = refused(replace(configured, python=bare))
    assert "has no engine" in error.sentence
    assert error.remedy is Remedy.PREFERENCES
    text = tmp_path / "text.exe"
    text.write_text("no program", encoding="utf-8")
    text.chmod(0o755)
    assert refused(replace(configured, python=text)).remedy is Remedy.PREFERENCES


def test_the_model_is_none(configured, tmp_path):
    error = refused(replace(configured, model=str(tmp_path / "no model")))
    assert error.remedy is Remedy.PREFERENCES
    assert "no model" in error.sentence


def test_the_token_file_is_gone(settings):
    server = Server(settings.python, settings, lambda sentence, remedy: None)
    try:
        ready = server.wait_until_ready(lambda: False)
        ready.token_file.unlink()
        with pytest.raises(EngineError, match="token file") as caught:
            server.connect(ready)
        assert caught.value.remedy is Remedy.RESTART
        ready.token_file.mkdir()
        with pytest.raises(EngineError, match="token file"):
            server.connect(ready)
        ready.token_file.rmdir()
    finally:
        server.stop()


def test_a_token_that_can_not_be_read_is_said_and_a_restart_mends_it(configured, monkeypatch):
    wait = Server.wait_until_ready

    def lost(self, cancelled):
        ready = wait(self, cancelled)
        ready.token_file.unlink()
        ready.token_file.mkdir()
        folders.append(ready.token_file)
        return ready

    folders = []
    with monkeypatch.context() as patch:
        patch.setattr(Server, "wait_until_ready", lost)
        error = refused(configured)
    assert "token file" in error.sentence and "restart" in error.sentence
    assert (engine.status().state, error.remedy) == (State.FAILED, Remedy.RESTART)
    assert server() is None  # the process went with it
    folders[0].rmdir()
    engine.stop()
    assert engine.ensure_started().info().engine_version == "0.1.0"


def test_a_cancelled_wait_leaves_no_process(settings):
    server = Server(settings.python, settings, lambda sentence, remedy: None)
    with pytest.raises(TaskCancelledError):
        server.wait_until_ready(lambda: True)
    assert not server.running


class engine_of:  # noqa: N801
    """An engine that somebody else has started."""

    def __init__(self, settings):
        self._server = Server(settings.python, settings, lambda sentence, remedy: None)

    def __enter__(self):
        ready = self._server.wait_until_ready(lambda: False)
        return ready.url, ready.token_file.read_text(encoding="utf-8")

    def __exit__(self, *error):
        self._server.stop()


def test_one_that_runs_already(configured):
    assert refused(replace(configured, mode=Mode.ADDRESS)).remedy is Remedy.PREFERENCES
    with engine_of(configured) as (url, token):
        engine.configure(replace(configured, mode=Mode.ADDRESS, url=url, token=token))
        assert engine.ensure_started().info().provider == engine.status().provider == "cpu"
        assert refused(replace(configured, mode=Mode.ADDRESS, url=url, token="no")).remedy is Remedy.PREFERENCES
        engine.stop()
        engine.configure(replace(configured, mode=Mode.ADDRESS, url=url, token=token))
        assert engine.ensure_started().info().name  # stopping ours does not stop theirs
    assert refused(replace(configured, mode=Mode.ADDRESS, url=url, token=token, port=1)).remedy is Remedy.PREFERENCES


@pytest.mark.parametrize("end", ["exit", "kill"])
def test_it_ends_with_its_parent(settings, end):
    code = f"""
        import dataclasses, sys, time
        from pathlib import Path, PosixPath, WindowsPath
        from blender_addon.engine_link import engine
        from blender_addon.engine_link.settings import EngineSettings, Mode
        settings = {settings!r}
        engine.configure(settings)
        engine.ensure_started()
        print(engine._engine._server._process.pid, flush=True)
        if {end!r} == "kill":
            time.sleep(60)
    """.replace("<Mode.PYTHON: 'python'>", "Mode.PYTHON")
    parent = subprocess.Popen([sys.executable, "-c", textwrap.dedent(code)], cwd=REPOSITORY, stdout=subprocess.PIPE)
    engine_id = int(parent.stdout.readline())
    if end == "kill":
        os.kill(parent.pid, signal.SIGKILL if os.name == "posix" else signal.SIGTERM)
    parent.wait()
    wait_for(lambda: not alive(engine_id))


def alive(process_id):
    try:
        state = Path(f"/proc/{process_id}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"  # an orphan that nobody has waited for
