"""The client against a real engine, and against things that are none."""

import io
import socket
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import numpy as np
import pytest

from blender_addon.engine_link import client as client_module
from blender_addon.engine_link.client import EngineClient
from blender_addon.engine_link.errors import EngineError, Remedy

ORDER = {"prompts": [{"text": "a person walks", "seconds": 1.0}], "seed": 3}
LONG_ORDER = {**ORDER, "flow_steps": 200, "variations": 16}


def ended(client, job):
    *_, last = client.events(job)
    return last


def test_a_motion_comes_with_its_rounds(client):
    states = list(client.events(client.generate({**ORDER, "variations": 2})))
    assert [state.state for state in states if state.ended] == ["done"]
    assert [state.fraction for state in states] == sorted(state.fraction for state in states)
    assert len(states[-1].motion_ids) == 2
    for motion_id in states[-1].motion_ids:
        motion = np.load(io.BytesIO(client.motion(motion_id)), allow_pickle=False)
        assert str(motion["format"]) == "motionwright-motion/1"
        assert len(motion["local_rotations"]) == 30


def test_what_was_uploaded_can_be_changed(client):
    made = ended(client, client.generate(ORDER)).motion_ids[0]
    uploaded = client.upload(client.motion(made))
    last = ended(client, client.regenerate(uploaded, {"start": 8, "end": 20, "prompt": "a person waves"}))
    assert last.state == "done", last.error
    before, after = (np.load(io.BytesIO(client.motion(each))) for each in (uploaded, last.motion_ids[0]))
    assert np.array_equal(before["local_rotations"][:8], after["local_rotations"][:8])


def test_a_cancelled_job_ends_its_events(client):
    jobs = [client.generate(LONG_ORDER) for _ in range(8)]
    threading.Timer(0.2, client.cancel, (jobs[-1],)).start()
    assert ended(client, jobs[-1]).state == "cancelled"
    for job in jobs:
        client.cancel(job)  # once more does no harm
    assert {ended(client, job).state for job in jobs} <= {"cancelled", "done"}


def test_the_engine_says_what_it_is(client):
    info = client.info()
    assert info.engine_version == "0.1.0"
    assert set(info.presets) >= {"draft", "standard", "best"}
    assert len(info.joint_names) == 22
    assert set(info.joint_groups["left_arm"]) < set(info.joint_names)
    active = [model for model in client.models() if model.active]
    assert [model.name for model in active] == [info.name]
    client.activate(info.name)


def test_the_engines_own_sentences_arrive(client):
    with pytest.raises(EngineError, match="preset") as caught:
        client.generate({**ORDER, "preset": "superb"})
    assert caught.value.remedy is Remedy.NONE
    with pytest.raises(EngineError, match="no motion"):
        client.motion("00")
    with pytest.raises(EngineError):
        client.upload(b"no motion file")
    with pytest.raises(EngineError, match="token") as caught:
        EngineClient(client.url, "wrong", Remedy.PREFERENCES).info()
    assert caught.value.remedy is Remedy.PREFERENCES


@pytest.mark.parametrize("url", ["", "localhost", "ftp://localhost", "http://", "http://localhost:port"])
def test_what_is_no_address_is_said_at_once(url):
    with pytest.raises(EngineError, match="address") as caught:
        EngineClient(url, "")
    assert caught.value.remedy is Remedy.PREFERENCES


def test_nothing_listens():
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        with pytest.raises(EngineError, match="does not answer") as caught:
            EngineClient(f"http://127.0.0.1:{closed.getsockname()[1]}", "").info()
    assert caught.value.remedy is Remedy.RESTART


def test_silence_has_an_end(monkeypatch):
    monkeypatch.setattr(client_module, "ANSWER_SECONDS", 0.3)
    monkeypatch.setattr(client_module, "EVENT_SECONDS", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        mute = EngineClient(f"http://127.0.0.1:{silent.getsockname()[1]}", "")
        with pytest.raises(EngineError, match="no answer"):
            mute.info()
        with pytest.raises(EngineError, match="no answer"):
            list(mute.events("1"))


class Stranger(BaseHTTPRequestHandler):
    """Some other program's web page, and events that break off."""

    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        events = b'event: state\ndata: {"id": "1", "state": "running", "round": 1, "rounds": 4}\n\n: still there\n\n'
        self.wfile.write(events if self.path.endswith("events") else b"<html></html>")

    def log_message(self, *arguments):
        pass


@pytest.fixture
def stranger():
    with HTTPServer(("127.0.0.1", 0), Stranger) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield EngineClient(f"http://127.0.0.1:{server.server_port}/", "")
        server.shutdown()
        thread.join()


def test_another_program_is_not_taken_for_an_engine(stranger):
    for ask in (stranger.info, stranger.models, lambda: stranger.job("1"), lambda: stranger.generate(ORDER)):
        with pytest.raises(EngineError):
            ask()


def test_events_that_break_off_are_an_error(stranger):
    events = stranger.events("1")
    assert next(events).fraction == 0.25
    with pytest.raises(EngineError, match="in the middle"):
        next(events)
