"""How long a motion takes with the embedded bundle, beside this machine's matrix-multiply rate, and how much memory.

Run by hand: `python -m tests.benchmarks.generation`. Every prompt is new, so that its text is encoded each time.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from engine.bundle import DEFAULT_BUNDLE, Bundle
from engine.generator import Engine
from engine.requests import GenerationRequest, Prompt, SamplingOptions

REPEATS = 12
MATRIX = 1024


def _median_seconds(action) -> float:
    action(REPEATS)
    times = []
    for repeat in range(REPEATS):
        start = time.perf_counter()
        action(repeat)
        times.append(time.perf_counter() - start)
    return float(np.median(times))


def _matmul(_: int) -> None:
    ones = np.ones((MATRIX, MATRIX), dtype=np.float32)
    ones @ ones


def _peak_megabytes(pid: int) -> float:
    """The highest resident memory of a process so far; Linux only."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    return int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1]) / 1024


def _command_seconds(folder: Path) -> float:
    command = [sys.executable, "-m", "engine.cli", "generate", "a person walks forward", "--seconds", "4"]
    return _median_seconds(
        lambda repeat: subprocess.run([*command, "-o", str(folder / f"{repeat}.npz")], check=True, capture_output=True)
    )


def main() -> None:
    import tempfile

    engine = Engine(Bundle(DEFAULT_BUNDLE))
    matmul = _median_seconds(_matmul)
    print(f"{os.cpu_count()} cores, {engine.bundle.provider}; {MATRIX}³ float32 multiply: {1000 * matmul:.1f} ms")
    for seconds in (4.0, 8.0):
        warm = _median_seconds(
            lambda repeat, seconds=seconds: engine.generate(
                GenerationRequest(
                    (Prompt(f"a person walks forward number {seconds} {repeat}", seconds),),
                    SamplingOptions(seed=repeat),
                )
            )
        )
        print(f"{seconds:g} s of motion, warm, text included: {warm:.3f} s = {warm / matmul:.1f} multiplies")
    print(f"peak memory of the engine's process: {_peak_megabytes(os.getpid()):.0f} MB")
    with tempfile.TemporaryDirectory() as folder:
        print(f"the command as a whole, 4 s of motion: {_command_seconds(Path(folder)):.2f} s")


if __name__ == "__main__":
    main()
