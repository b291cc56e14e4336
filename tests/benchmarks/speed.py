"""What the engine promises about time and memory, held to it on this machine: ratios, and seconds on two cores.

Run by hand, on an idle machine: `python -m tests.benchmarks.speed [RUN]`; RUN, the embedded model's training run, adds
PyTorch. The exit status is 1 where something does not hold.
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from engine.benchmark.benchmark import STANDARD, Rival, measured
from engine.bundle import DEFAULT_BUNDLE, Bundle
from engine.service.process import peak_memory_mb

REPEATS = 9
SECONDS_ON_TWO_CORES = {
    (STANDARD, 4.0): 0.15,
    (STANDARD, 10.0): 0.30,
    ("engine, draft", 4.0): 0.08,
    ("engine, draft", 10.0): 0.15,
}
READY_SECONDS, MEMORY_MB = 3.0, 700

READY = "from engine.bundle import DEFAULT_BUNDLE, Bundle; import engine.generator; Bundle(DEFAULT_BUNDLE).load_all()"


def ready_seconds() -> float:
    """From the start of a process to sessions that have run once."""
    times = []
    for _ in range(5):
        start = time.perf_counter()
        subprocess.run([sys.executable, "-c", READY], check=True)
        times.append(time.perf_counter() - start)
    return min(times)


def _rivals() -> list[Rival]:
    if len(sys.argv) < 2:
        return []
    from export.benchmark import torch_models

    return [Rival(name, model) for name, model in torch_models(DEFAULT_BUNDLE, Path(sys.argv[1]))]


def main() -> int:
    bundle = Bundle(DEFAULT_BUNDLE)
    bundle.load_all()
    report = measured(bundle, [4.0, 10.0], _rivals(), REPEATS, lambda name: print(name, file=sys.stderr))
    elapsed = {(row.name, row.motion_s): row.elapsed_s for row in report.rows}
    ready, memory_mb = ready_seconds(), peak_memory_mb()
    found = [
        *(
            (f"{ratio.name}, {ratio.motion_s:g} s: {ratio.value:.2f}", ratio.promise, ratio.holds)
            for ratio in report.ratios
        ),
        *(
            (
                f"{name}, {motion_s:g} s: {elapsed[name, motion_s]:.3f} s",
                f"under {limit:g} s",
                elapsed[name, motion_s] < limit,
            )
            for (name, motion_s), limit in SECONDS_ON_TWO_CORES.items()
        ),
        (f"ready after {ready:.2f} s", f"under {READY_SECONDS:g} s", ready < READY_SECONDS),
    ]
    if len(sys.argv) < 2:  # PyTorch's memory is its own
        found.append((f"peak memory {memory_mb:.0f} MB", f"under {MEMORY_MB} MB", memory_mb < MEMORY_MB))
    for figure, promise, holds in found:
        print(f"{'holds ' if holds else 'BROKEN'} {figure} ({promise})")
    return 0 if all(holds for _, _, holds in found) else 1


if __name__ == "__main__":
    sys.exit(main())
