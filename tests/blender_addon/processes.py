"""Running scripts inside Blender, and the command line as a user runs it."""

import json
import os
import subprocess
import sys
from pathlib import Path

IN_BLENDER = Path(__file__).with_name("in_blender")


def in_blender(python, script, **request):
    """Run one of the scripts of in_blender/ in a process of its own; returns what it wrote as its result."""
    folder = Path(request["out"]).parent
    order, answer = folder / "request.json", folder / "result.json"
    answer.unlink(missing_ok=True)
    order.write_text(json.dumps({**request, "result": str(answer)}), encoding="utf-8")
    ended = subprocess.run(
        [python, str(IN_BLENDER / script), str(order)], capture_output=True, encoding="utf-8", check=False, timeout=300
    )
    assert answer.is_file(), ended.stdout[-2000:] + ended.stderr[-4000:]
    return json.loads(answer.read_text(encoding="utf-8"))


def motionwright(python, *arguments, cwd):
    """Run the command line as a user does."""
    environment = {**os.environ, "MOTIONWRIGHT_BLENDER": str(python)}
    return subprocess.run(
        [sys.executable, "-m", "engine.cli", *map(str, arguments)],
        cwd=cwd,
        env=environment,
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=300,
    )
