"""The engine as the window asks it: a real `motionwright serve`, found, started, lost and found again."""

import os
import signal
import sys
from pathlib import Path

import psutil
import pytest

from blender_addon.engine_link.errors import EngineError
from blender_addon.prompt_panel.engine_client import Address, Condition, Engine, OwnEngine
from blender_addon.prompt_panel.motion_files import MotionFiles
from tests.engine.service.running import LONG, TOY, serving

WAIT_MS = 20_000
SHORT = {"prompts": [{"text": "a person walks", "seconds": 1}], "variations": 2, "seed": 3}


def finished(qtbot, job):
    with qtbot.waitSignal(job.finished, timeout=WAIT_MS) as done:
        pass
    return done.args[0]


def test_an_engine_that_runs_is_found_with_its_model(engine):
    assert engine.state.info.name == "toy"
    assert [model.active for model in engine.state.models].count(True) <= 1
    assert engine.state.sentence == "Ready on CPU"


def test_motions_come_as_files_and_figures(qtbot, engine):
    made = finished(qtbot, engine.generate(SHORT))
    assert [len(each.figure) for each in made] == [30, 30]
    assert all(each.file.is_file() and each.meta["seed"] in (3, 4) for each in made)


def test_a_range_is_made_anew_and_the_rest_stays(qtbot, engine):
    made = finished(qtbot, engine.generate({**SHORT, "variations": 1}))[0]
    again = finished(qtbot, engine.regenerate(made, {"start": 10, "end": 20, "variations": 1, "seed": 8}))[0]
    before, after = made.figure.points_m, again.figure.points_m
    assert (before[:10] == after[:10]).all()
    assert (before[20:] == after[20:]).all()
    assert (before[12:18] != after[12:18]).any()


def test_a_motion_that_the_engine_forgot_is_given_to_it_again(qtbot, engine, make_take):
    _, made = make_take("forgotten", frames=60)
    again = finished(qtbot, engine.regenerate(made, {"start": 20, "end": 40, "variations": 1}))
    assert len(again[0].figure) == 60


def test_a_cancelled_job_says_so_and_brings_nothing(qtbot, engine):
    job = engine.generate(LONG)
    with qtbot.waitSignal(job.progressed, timeout=WAIT_MS):
        pass
    with qtbot.assertNotEmitted(job.finished), qtbot.waitSignal(job.cancelled, timeout=WAIT_MS):
        job.cancel()


def test_what_the_engine_refuses_comes_as_its_sentence(qtbot, engine):
    job = engine.generate({**SHORT, "preset": "no such"})
    with qtbot.waitSignal(job.failed, timeout=WAIT_MS) as failed:
        pass
    assert failed.args[0].startswith("There is no preset “no such”")


def test_bvh_is_written_once_and_kept(qtbot, engine):
    made = finished(qtbot, engine.generate({**SHORT, "variations": 1}))[0]
    told = []
    engine.bvh(made.motion_id, made.file, told.append, told.append)
    qtbot.waitUntil(lambda: bool(told), timeout=WAIT_MS)
    assert told[0].read_text(encoding="utf-8").startswith("HIERARCHY")
    written = told[0].stat().st_mtime_ns
    engine.bvh(made.motion_id, made.file, told.append, told.append)
    qtbot.waitUntil(lambda: len(told) == 2, timeout=WAIT_MS)
    assert told[1].stat().st_mtime_ns == written


def test_a_motion_is_read_from_its_file_or_from_the_engine(qtbot, engine):
    made = finished(qtbot, engine.generate({**SHORT, "variations": 1}))[0]
    told = []
    engine.motion(made.motion_id, None, told.append, told.append)
    qtbot.waitUntil(lambda: bool(told), timeout=WAIT_MS)
    made.file.unlink()
    engine.motion(made.motion_id, None, told.append, told.append)
    qtbot.waitUntil(lambda: len(told) == 2, timeout=WAIT_MS)
    assert all((each.figure.points_m == made.figure.points_m).all() for each in told)
    engine.motion("unheard-of", None, told.append, told.append)
    qtbot.waitUntil(lambda: len(told) == 3, timeout=WAIT_MS)
    assert "no motion" in told[2]


def test_a_wrong_token_is_told(qtbot, service, tmp_path):
    engine = Engine(Address(service.client.url, "wrong"), MotionFiles(tmp_path))
    engine.start()
    qtbot.waitUntil(lambda: engine.state.condition is Condition.GONE, timeout=WAIT_MS)
    assert "token" in engine.state.sentence
    with pytest.raises(EngineError):
        engine.generate(SHORT)


def test_an_engine_that_is_killed_is_missed_and_another_takes_its_place(qtbot, service, tmp_path):
    with serving(tmp_path) as other:
        engine = Engine(Address(other.client.url, other.client.token), MotionFiles(tmp_path / "takes"))
        engine.start()
        qtbot.waitUntil(lambda: engine.ready, timeout=WAIT_MS)
        other.process.kill()
        other.process.wait()
        job = engine.generate(SHORT)
        with qtbot.waitSignal(job.failed, timeout=WAIT_MS):
            pass
        qtbot.waitUntil(lambda: engine.state.condition is Condition.GONE, timeout=WAIT_MS)
    engine.start(Address(service.client.url, service.client.token))
    qtbot.waitUntil(lambda: engine.ready, timeout=WAIT_MS)
    engine.close()


def test_an_engine_of_our_own_is_started_again_after_a_crash_and_ends_with_the_window(qtbot, tmp_path):
    engine = Engine(OwnEngine(tmp_path / "engine é", str(TOY)), MotionFiles(tmp_path / "takes"))
    engine.start()
    qtbot.waitUntil(lambda: engine.ready, timeout=60_000)
    first = engine._server._process.pid
    os.kill(first, signal.SIGKILL if sys.platform != "win32" else signal.SIGTERM)
    qtbot.waitUntil(lambda: engine.state.condition is Condition.GONE, timeout=WAIT_MS)
    engine.start()
    qtbot.waitUntil(lambda: engine.ready, timeout=60_000)
    second = engine._server._process.pid
    engine.close()
    assert first != second
    qtbot.waitUntil(lambda: not psutil.pid_exists(second), timeout=5000)


def test_an_id_is_no_path(tmp_path):
    with pytest.raises(Exception, match="names no motion"):
        MotionFiles(tmp_path).path("../../etc/passwd")
    assert MotionFiles(tmp_path).path("a-1_b") == Path(tmp_path / "a-1_b.npz")


def test_the_oldest_motions_go_where_too_much_is_kept(tmp_path, monkeypatch):
    from blender_addon.prompt_panel import motion_files

    monkeypatch.setattr(motion_files, "_MOST_BYTES", 2500)
    files = MotionFiles(tmp_path)
    for number in range(4):
        os.utime(files.write(f"m{number}", bytes(1000)), (number, number))
    files.tidy()
    assert sorted(path.stem for path in tmp_path.iterdir()) == ["m2", "m3"]
