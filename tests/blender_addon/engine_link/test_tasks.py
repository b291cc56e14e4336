"""Work on a thread, its ending on the thread that asked."""

import threading
import time

import pytest

from blender_addon.engine_link import tasks
from blender_addon.engine_link.errors import EngineError, Remedy
from blender_addon.engine_link.tasks import run_task


class Listener:
    """Notes what it is told, and on which thread."""

    def __init__(self):
        self.told = []

    def start(self, work):
        return run_task(work, self.note("done"), self.note("failed"), self.note("progress"), self.note("stopped"))

    def note(self, what):
        def call(*values):
            assert threading.current_thread() is threading.main_thread()
            self.told.append((what, *values))

        return call


@pytest.fixture
def listener():
    return Listener()


def test_the_result_comes_to_the_main_thread(listener):
    def work(task):
        assert threading.current_thread() is not threading.main_thread()
        task.report(0.5, "half")
        return 3

    task = listener.start(work)
    assert not task.finished
    assert task.wait(30.0)
    assert listener.told == [("progress", 0.5, "half"), ("done", 3)]


def test_many_reports_are_one(listener):
    def work(task):
        for step in range(1000):
            task.report(step / 1000, str(step))

    task = listener.start(work)
    task.thread.join()
    assert task.wait(30.0)
    assert listener.told == [("progress", 0.999, "999"), ("done", None)]


def test_an_error_of_the_engine_arrives_as_it_is(listener):
    error = EngineError("It is gone.", Remedy.RESTART)

    def work(task):
        raise error

    assert listener.start(work).wait(30.0)
    assert listener.told == [("failed", error)]


def test_a_mistake_of_ours_is_a_sentence_too(listener, capsys):
    assert listener.start(lambda task: 1 / 0).wait(30.0)
    ((what, error),) = listener.told
    assert what == "failed"
    assert "ZeroDivisionError" in error.sentence
    assert "ZeroDivisionError" in capsys.readouterr().err


def test_after_a_cancel_nothing_else_is_shown(listener):
    started, returned, stops = threading.Event(), threading.Event(), []

    def stop():
        assert returned.wait(30.0)  # however long stopping takes, the user does not wait for it
        stops.append(threading.current_thread())

    def work(task):
        task.when_cancelled(stop)
        started.set()
        while not task.cancelled:
            time.sleep(0.01)
        task.report(0.9, "too late")
        return "too late"

    task = listener.start(work)
    assert started.wait(30.0)
    task.cancel()
    returned.set()
    assert task.wait(30.0)
    assert listener.told == [("stopped",)]
    while not stops:
        time.sleep(0.01)
    assert stops != [threading.main_thread()]


def test_a_cancel_before_the_hook_still_calls_it(listener):
    cancelled, stops = threading.Event(), []

    def work(task):
        cancelled.wait(30.0)
        task.when_cancelled(lambda: stops.append(1))
        task.check()

    task = listener.start(work)
    task.cancel()
    cancelled.set()
    assert task.wait(30.0)
    assert stops == [1]
    assert listener.told == [("stopped",)]


def test_a_callback_that_fails_harms_nobody(listener, capsys):
    def broken(value):
        raise ReferenceError("the armature is gone")

    first = run_task(lambda task: 1, broken, print, print)
    second = listener.start(lambda task: 2)
    assert first.wait(30.0)
    assert second.wait(30.0)
    assert listener.told == [("done", 2)]
    assert "the armature is gone" in capsys.readouterr().err
    assert tasks._running == set()


def test_a_wait_has_an_end(listener):
    hold = threading.Event()
    task = listener.start(lambda task: hold.wait(30.0))
    assert not task.wait(0.2)
    hold.set()
    assert task.wait(30.0)


def test_all_are_cancelled_when_the_extension_goes(listener):
    running = [listener.start(lambda task: [time.sleep(0.01) for _ in iter(lambda: task.cancelled, True)])] * 3
    tasks.cancel_all(30.0)
    assert all(not task.thread.is_alive() for task in running)
    assert all(task.wait(30.0) for task in running)
    assert listener.told == [("stopped",)]
