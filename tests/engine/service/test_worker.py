"""The queue and its thread: order, bounds, cancelling, failing, ending."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from engine.bundle import Bundle
from engine.errors import UserError
from engine.generator import Engine
from engine.sampling.sampler import Cancelled
from engine.service.jobs import JobBoard, JobState
from engine.service.store import MotionStore, Take
from engine.service.worker import QUEUE_LENGTH, QueueFullError, Worker
from tests.engine.service.running import TOY, becomes


class Workshop:
    """A worker with a store and a model, and work that lasts until it is let go."""

    def __init__(self, folder: Path) -> None:
        self.board = JobBoard()
        self.store = MotionStore(folder)
        self.worker = Worker(self.board, self.store)
        self.gate = threading.Event()
        self.started = threading.Event()
        self.worker.load(lambda: Engine(Bundle(TOY, "cpu", threads=1))).result(30)

    def submit(self, work=lambda engine, progress, cancelled: ()):
        return self.worker.submit(work).id

    def wait_at_gate(self, engine, progress, cancelled):
        self.started.set()
        while not self.gate.wait(0.005):
            if cancelled():
                raise Cancelled
        return ()

    def state(self, job_id):
        return self.board.get(job_id).state

    def ends_as(self, job_id, state):
        return becomes(lambda: self.board.get(job_id).is_over) and self.state(job_id) is state


@pytest.fixture
def workshop(tmp_path):
    made = Workshop(tmp_path / "store")
    yield made
    made.gate.set()
    made.worker.close()


def test_jobs_are_done_one_at_a_time_in_order(workshop):
    seen = []
    jobs = [
        workshop.submit(lambda *_, k=k: (seen.append((k, threading.current_thread().name)), ())[1]) for k in range(9)
    ]
    assert workshop.ends_as(jobs[-1], JobState.DONE)
    assert seen == [(k, "worker") for k in range(9)]


def test_beyond_its_length_the_queue_takes_nothing(workshop):
    running = workshop.submit(workshop.wait_at_gate)
    assert workshop.started.wait(10)
    waiting = [workshop.submit() for _ in range(QUEUE_LENGTH)]
    with pytest.raises(QueueFullError):
        workshop.submit()
    with pytest.raises(QueueFullError):
        workshop.worker.load(lambda: pytest.fail("loaded"))
    workshop.worker.cancel(waiting[3])
    last = workshop.submit()
    workshop.gate.set()
    assert workshop.ends_as(last, JobState.DONE)
    assert workshop.state(running) is JobState.DONE
    assert workshop.state(waiting[3]) is JobState.CANCELLED


def test_cancelling_stops_the_job_that_runs_and_no_other(workshop):
    running, waiting = workshop.submit(workshop.wait_at_gate), workshop.submit()
    assert workshop.started.wait(10)
    workshop.worker.cancel(running)
    assert workshop.ends_as(running, JobState.CANCELLED)
    assert workshop.ends_as(waiting, JobState.DONE)
    workshop.worker.cancel(running)
    workshop.worker.cancel(waiting)
    assert workshop.state(waiting) is JobState.DONE


def test_progress_is_told_to_those_who_watch(workshop):
    told = []

    def work(engine, progress, cancelled):
        for done in range(4):
            progress(done, 3)
        return ()

    workshop.submit(workshop.wait_at_gate)
    job_id = workshop.submit(work)
    with workshop.board.watching(job_id, lambda: told.append(workshop.board.get(job_id))):
        workshop.gate.set()
        assert workshop.ends_as(job_id, JobState.DONE)
    assert [(job.state.value, job.round, job.rounds) for job in told] == [
        ("running", 0, 0),
        *(("running", done, 3) for done in range(4)),
        ("done", 3, 3),
    ]


@pytest.mark.parametrize(
    ("error", "title", "said"),
    [
        (UserError("Ask for less."), "Not possible", "Ask for less."),
        (MemoryError(), "Out of memory", "fewer variations"),
        (RuntimeError("bad things about a prompt"), "Internal error", "its log tells more"),
    ],
)
def test_a_job_that_fails_says_so_and_the_next_is_done(workshop, error, title, said):
    def work(engine, progress, cancelled):
        raise error

    failed, after = workshop.submit(work), workshop.submit()
    assert workshop.ends_as(failed, JobState.FAILED)
    failure = workshop.board.get(failed).error
    assert failure.title == title
    assert said in failure.detail
    assert "prompt" not in failure.detail
    assert workshop.ends_as(after, JobState.DONE)


def test_what_a_job_makes_is_in_the_store_before_it_is_done(workshop, make_motion):
    job_id = workshop.submit(lambda *_: [Take(make_motion(frames=3)), Take(make_motion(frames=4))])
    assert workshop.ends_as(job_id, JobState.DONE)
    assert [len(workshop.store.motion(motion_id)) for motion_id in workshop.board.get(job_id).motion_ids] == [3, 4]


def test_a_model_that_can_not_be_loaded_leaves_the_old_one(workshop):
    before = workshop.worker.engine

    def load():
        raise UserError("Not a model.")

    with pytest.raises(UserError, match="Not a model"):
        workshop.worker.load(load).result(10)
    assert workshop.worker.engine is before


def test_closing_stops_the_job_and_ends_the_thread(workshop):
    job_id = workshop.submit(workshop.wait_at_gate)
    assert workshop.started.wait(10)
    workshop.worker.close()
    assert workshop.state(job_id) is JobState.CANCELLED


def test_jobs_that_are_over_are_forgotten_in_the_end_but_never_one_that_waits(tmp_path):
    board = JobBoard()
    waiting = board.new().id
    over = [board.new().id for _ in range(3000)]
    for job_id in over:
        board.update(job_id, state=JobState.DONE)
    for _ in range(50):
        board.new()
    assert board.get(waiting) is not None
    assert board.get(over[0]) is None
    assert board.get(over[-1]) is not None


def test_a_job_that_is_over_does_not_change(tmp_path):
    board = JobBoard()
    job_id = board.new().id
    assert board.update(job_id, state=JobState.CANCELLED)
    assert not board.update(job_id, state=JobState.DONE)
    assert board.get(job_id).state is JobState.CANCELLED
