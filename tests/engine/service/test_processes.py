"""The service as a process: how it begins, how it ends, and what it survives."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from engine.motion.motion import Motion
from tests.engine.service.running import LONG, TOY, becomes, command, environment, serving

POSIX = os.name == "posix"
PARENT = """
import subprocess, sys, time
process = subprocess.Popen(sys.argv[2:], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
print(process.stdout.readline().decode(), flush=True)
time.sleep(float(sys.argv[1]))
"""


def refused(tmp_path, *options):
    """The one sentence of a service that can't begin."""
    ended = subprocess.run(
        command("--store", tmp_path / "store", *options),
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    assert ended.returncode == 2, ended.stderr
    assert ended.stdout == ""
    assert "Traceback" not in ended.stderr
    return ended.stderr.strip().splitlines()[-1]


def test_the_first_line_says_where_and_what(service):
    assert set(service.ready) == {"url", "token_file", "pid", "provider", "version"}
    assert service.ready["url"].startswith("http://127.0.0.1:")
    assert service.ready["provider"] == "cpu"
    assert service.watched().is_running()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--model", "nowhere"), "no model folder"),
        (("--host", "0.0.0.0"), "--allow-remote"),
        (("--port", "70000"), "port"),
        (("--host", "256.1.1.1.invalid"), "--allow-remote"),
        (("--store-size", "1"), "from 32"),
        (("--log-level", "loud"), "debug"),
        (("--provider", "abacus"), "abacus"),
    ],
)
def test_what_can_not_begin_says_why(tmp_path, options, said):
    assert said in refused(tmp_path, "--model", TOY, *options)


def test_a_port_that_is_taken_is_named(service, tmp_path):
    port = service.client.port
    assert f"port {port}" in refused(tmp_path, "--model", TOY, "--port", port)


def test_a_store_that_can_not_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("x", encoding="utf-8")
    message = refused(tmp_path, "--model", TOY, "--store", tmp_path / "file" / "store")
    assert "choose another folder with --store" in message


@pytest.mark.skipif(not POSIX, reason="Windows has no SIGTERM that can be caught")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=lambda number: number.name)
@pytest.mark.parametrize("busy", [False, True])
def test_told_to_end_it_ends_cleanly(tmp_path, number, busy):
    with serving(tmp_path) as service:
        token_file = Path(service.ready["token_file"])
        assert token_file.is_file()
        if busy:
            running = service.client.ask("POST", "/v1/motions", LONG).json()["job_id"]
            followed = service.client.events(running)
            next(followed)
        service.process.send_signal(number)
        assert service.process.wait(10) == 0
        assert not token_file.exists()
        assert "Traceback" not in service.log.read_text(encoding="utf-8")


def test_it_ends_with_its_parent(tmp_path):
    options = command("--store", tmp_path / "store", "--model", TOY, "--with-parent")
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, "600", *options],
        stdout=subprocess.PIPE,
        env=environment(tmp_path),
    )
    ready = json.loads(parent.stdout.readline())
    parent.kill()
    parent.wait()
    parent.stdout.close()
    assert becomes(lambda: not _lives(ready["pid"]), 10)
    assert becomes(lambda: not Path(ready["token_file"]).exists(), 1)


def test_it_ends_when_its_parent_closes_the_pipe(tmp_path):
    with serving(tmp_path, "--with-parent", stdin=subprocess.PIPE) as service:
        assert service.client.get("/v1/health").status == 200
        service.process.stdin.close()
        assert service.process.wait(10) == 0


def test_it_outlives_an_input_that_was_never_a_pipe(service):
    """The one of all other tests has none; it must not take that for an end."""
    assert service.process.poll() is None
    assert service.client.get("/v1/health").json() == {"status": "ok"}


def _lives(pid):
    import psutil

    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_killed_in_the_middle_it_loses_no_finished_motion(tmp_path):
    with serving(tmp_path) as service:
        done = service.client.finished(service.client.generate(variations=2))["motion_ids"]
        running = service.client.ask("POST", "/v1/motions", LONG).json()["job_id"]
        service.client.until(running, "running")
        service.process.kill()
        service.process.wait()
    (tmp_path / "store" / f".{'0' * 32}.half.npz").write_bytes(b"PK half a file")
    with serving(tmp_path) as service:
        assert service.motions() == sorted(done)
        for motion_id in done:
            content = service.client.get(f"/v1/motions/{motion_id}").content
            assert len(Motion.from_bytes(content, "answer")) == 30
        assert service.client.get(f"/v1/motions/.{'0' * 32}.half").status == 404
        assert service.client.finished(service.client.generate())["state"] == "done"


@pytest.mark.slow
def test_killed_at_any_moment_of_writing_no_partial_file_is_served(tmp_path):
    """Sixteen motions a job are written most of the time; each kill falls somewhere else."""
    for attempt in range(6):
        with serving(tmp_path) as service:
            for motion_id in service.motions():
                Motion.from_bytes(service.client.get(f"/v1/motions/{motion_id}").content, "answer")
            for _ in range(8):
                service.client.generate(variations=16)
            time.sleep(0.1 + 0.13 * attempt)
            service.process.kill()
            service.process.wait()


@pytest.mark.skipif(not POSIX, reason="a file's size can be limited on POSIX only")
def test_on_a_full_disk_a_job_fails_in_a_sentence_and_the_service_lives(tmp_path):
    def no_room():
        import resource

        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))

    with serving(tmp_path, preexec_fn=no_room) as service:
        job = service.client.finished(service.client.generate(variations=2))
        assert job["state"] == "failed"
        assert "can't be written" in job["error"]["detail"]
        assert "--store" in job["error"]["detail"]
        assert list(service.store.iterdir()) == []
        assert service.client.get("/v1/health").status == 200


def test_a_store_that_vanishes_is_named_and_the_service_lives(tmp_path, make_motion):
    with serving(tmp_path) as service:
        shutil.rmtree(service.store)
        job = service.client.finished(service.client.generate())
        assert job["state"] == "failed"
        assert "can't be written" in job["error"]["detail"]
        answer = service.client.upload(make_motion(frames=4).to_bytes())
        assert answer.status == 507
        assert "can't be written" in answer.json()["detail"]
        service.store.mkdir()
        assert service.client.finished(service.client.generate())["state"] == "done"
        assert "Traceback" not in service.log.read_text(encoding="utf-8")


def test_a_bundle_that_is_deleted_or_damaged_leaves_the_loaded_model_at_work(tmp_path):
    folder = tmp_path / "motionwright" / "models" / "mine"
    shutil.copytree(TOY, folder)
    manifest = folder / "bundle.json"
    manifest.write_text(manifest.read_text(encoding="utf-8").replace('"name": "toy"', '"name": "mine"'), "utf-8")
    with serving(tmp_path, model=folder) as service:
        client = service.client
        (folder / "decoder.onnx").write_bytes(b"damaged")
        answer = client.ask("PUT", "/v1/models/active", {"name": "mine"})
        assert answer.status == 409
        assert "decoder.onnx" in answer.json()["detail"]
        shutil.rmtree(folder)
        assert "mine" not in [model["name"] for model in client.get("/v1/models").json()["models"]]
        assert client.ask("PUT", "/v1/models/active", {"name": "mine"}).status == 404
        assert client.get("/v1/info").json()["name"] == "mine"
        assert client.finished(client.generate())["state"] == "done"
        assert "Traceback" not in service.log.read_text(encoding="utf-8")


def test_another_model_is_used_after_the_jobs_that_wait(tmp_path):
    folder = tmp_path / "motionwright" / "models" / "other"
    shutil.copytree(TOY, folder)
    manifest = folder / "bundle.json"
    manifest.write_text(manifest.read_text(encoding="utf-8").replace('"name": "toy"', '"name": "other"'), "utf-8")
    with serving(tmp_path) as service:
        client = service.client
        before = client.generate()
        answer = client.ask("PUT", "/v1/models/active", {"name": "other"})
        assert (answer.status, answer.json()["active"]) == (200, True)
        after = client.generate()
        assert [_model_of(client, job) for job in (before, after)] == ["toy", "other"]
        active = [model["name"] for model in client.get("/v1/models").json()["models"] if model["active"]]
        assert active == ["other"]


def _model_of(client, job_id):
    motion_id = client.finished(job_id)["motion_ids"][0]
    return client.get(f"/v1/motions/{motion_id}", Accept="application/json").json()["meta"]["model"]


@pytest.mark.parametrize(("level", "shown"), [("info", False), ("debug", True)])
def test_prompts_are_in_the_log_at_the_level_debug_only(tmp_path, level, shown):
    with serving(tmp_path, "--log-level", level) as service:
        service.client.finished(service.client.generate("a person dances unobserved"))
        service.client.ask("POST", "/v1/motions", {"prompts": [{"text": "unobserved", "seconds": -1}]})
        log = service.log.read_text(encoding="utf-8")
    assert ("unobserved" in log) is shown
    assert "job" in log


def test_listening_to_other_machines_is_warned_of_and_knows_their_addresses(tmp_path):
    with serving(tmp_path, "--host", "0.0.0.0", "--allow-remote") as service:
        assert "other machines can reach this service" in service.log.read_text(encoding="utf-8")
        assert service.client.get("/v1/health", Host="192.168.7.7:80").status == 200
        assert service.client.get("/v1/health", Host="evil.example").status == 421
        assert service.client.ask("GET", "/v1/health", headers={"Authorization": "Bearer no"}).status == 401
