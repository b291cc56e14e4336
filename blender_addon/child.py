"""Running other programs: a Blender for a job, the engine for a motion."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from .engine_link.child_processes import clean_environment
from .errors import AddonError
from .find_blender import Blender
from .job import Job, Result, read_result, write_json

_HEADLESS = Path(__file__).with_name("headless.py")
# On Windows a console program opens a window of its own unless told not to.
_NO_WINDOW = getattr(subprocess, "CREATE_NO_WINDOW", 0)


class ChildCrashError(Exception):
    """A program ended without an answer; the message says which, and its last words."""


def run_job(blender: Blender, job: Job) -> Result:
    """Run one job in a Blender of its own. AddonError with Blender's sentence where the job could not be done."""
    with tempfile.TemporaryDirectory(prefix="motionwright-") as folder:
        order, answer = Path(folder) / "job.json", Path(job.result)
        write_json(order, job)
        ended = _run(blender.command(_HEADLESS, order), clean_environment())
        if not answer.is_file():
            raise ChildCrashError(_last_words(blender.program, ended))
        result = read_result(answer)
    if result.error is not None:
        raise AddonError(result.error)
    return result


def generate_motion(prompt: str, path: Path, options: dict[str, float | int | None]) -> None:
    """Have the engine write a motion file. AddonError with the engine's own sentence where it refuses."""
    given = [part for name, value in options.items() if value is not None for part in (f"--{name}", str(value))]
    command = [sys.executable, "-m", "engine.cli", "generate", "-o", str(path), *given, "--", prompt]
    ended = _run(command, {**os.environ, "PYTHONUTF8": "1", "PYTHONIOENCODING": "utf-8"})
    if ended.returncode == 2:
        raise AddonError(ended.stderr.strip() or "The engine refused the prompt without saying why.")
    if ended.returncode != 0 or not path.is_file():
        raise ChildCrashError(_last_words("The engine", ended))


def _run(command: list[str], environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            check=False,
            creationflags=_NO_WINDOW,
        )
    except OSError as error:
        raise AddonError(f"{command[0]} cannot be run: {error.strerror}.") from error


def _last_words(program: str, ended: subprocess.CompletedProcess[str]) -> str:
    lines = [line.strip() for line in (ended.stderr or ended.stdout or "").splitlines() if line.strip()]
    return f"{program} ended without a result (status {ended.returncode}): {lines[-1] if lines else 'no message'}"
