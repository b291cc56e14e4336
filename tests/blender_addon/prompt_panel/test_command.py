"""`motionwright panel` as a user runs it, and what it says to mistakes."""

import os
import signal
import subprocess
import sys
import time

import psutil
import pytest

from tests.engine.service.running import TOY, becomes, environment

PANEL = (sys.executable, "-m", "engine.cli", "panel")


def run(*arguments, folder):
    return subprocess.run(
        [*PANEL, *map(str, arguments)],
        env={**environment(folder), "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--engine", "http://127.0.0.1:9"), "--token-file"),
        (("--engine", "http://127.0.0.1:9", "--token-file", "no such file"), "can't be read"),
        (("--model", "no such folder"), "There is no folder"),
    ],
)
def test_a_mistake_ends_with_a_sentence_and_status_2(tmp_path, arguments, sentence):
    ended = run(*arguments, folder=tmp_path)
    assert ended.returncode == 2
    assert sentence in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGINT for one process")
def test_it_starts_an_engine_and_takes_it_along_when_it_ends(tmp_path):
    window = subprocess.Popen(
        [*PANEL, "--model", str(TOY)],
        env={**environment(tmp_path), "QT_QPA_PLATFORM": "offscreen"},
        stderr=subprocess.PIPE,
    )
    try:
        family = psutil.Process(window.pid)
        assert becomes(lambda: any("serve" in child.cmdline() for child in family.children(recursive=True)), 60.0)
        time.sleep(1.0)
        children = family.children(recursive=True)
        os.kill(window.pid, signal.SIGINT)
        assert window.wait(20) == 0
        assert becomes(lambda: not any(child.is_running() for child in children), 5.0)
    finally:
        window.kill()
        window.communicate()
