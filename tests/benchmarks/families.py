"""The two families of generators against each other, in one process and in turns: how long a motion takes.

    python -m tests.benchmarks.families RUN RUN ...

Each run is exported as its bundle would ship and sampled under its own standard preset; parameters are printed beside,
so that it can be seen whether they are equal. FID and R-Precision of the same runs: `motionwright ablation table`.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from engine.bundle import Bundle
from engine.generator import Engine
from engine.requests import GenerationRequest, Prompt, SamplingOptions
from export.bundle import export_bundle, opened_run
from export.config import ExportConfig, PresetConfig
from training.config import GeneratorTraining
from training.evaluation.run_model import FLOW_PRESETS, PRESETS

_PROMPT = "a person walks forward slowly and waves the left hand"
_SECONDS, _REPEATS = (4.0, 10.0), 15


def main(runs: list[Path]) -> None:
    """Print a line for each run: parameters, and the shortest of the repeats for each length."""
    with tempfile.TemporaryDirectory() as folder:
        engines = {run: _exported(run, Path(folder) / str(number)) for number, run in enumerate(runs)}
        for run, took in _shortest(engines).items():
            generator = opened_run(run)[0].generator
            parameters = sum(parameter.numel() for parameter in generator.parameters())
            times = ", ".join(f"{seconds:g} s in {1000 * took[seconds]:.0f} ms" for seconds in _SECONDS)
            print(f"{run.name}: {generator.config.family}, {parameters / 1e6:.2f} M parameters, {times}")


def _exported(run: Path, folder: Path) -> Engine:
    settings = GeneratorTraining.read(run / "config.json")
    presets = FLOW_PRESETS if settings.model.family == "flow" else PRESETS
    config = ExportConfig(
        name=run.name,
        version="0",
        license="that of its training data",
        attributions=("its training data",),
        vocabulary_notes="its captions",
        presets={name: PresetConfig(**vars(preset)) for name, preset in presets.items()},
    )
    export_bundle(config, run, folder)
    return Engine(Bundle(folder, provider="cpu"))


def _shortest(engines: dict[Path, Engine]) -> dict[Path, dict[float, float]]:
    """In turns, so that what else the machine does falls on all of them; the first round is warm-up."""
    took = {run: dict.fromkeys(_SECONDS, float("inf")) for run in engines}
    for repeat in range(_REPEATS + 1):
        for run, engine in engines.items():
            for seconds in _SECONDS:
                start = time.perf_counter()
                engine.generate(GenerationRequest((Prompt(_PROMPT, seconds),), SamplingOptions(seed=repeat)))
                if repeat:
                    took[run][seconds] = min(took[run][seconds], time.perf_counter() - start)
    return took


if __name__ == "__main__":
    main([Path(argument) for argument in sys.argv[1:]])
