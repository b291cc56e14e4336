"""The rows of the benchmark, one after another in one process, and the ratios between them."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import numpy as np

from engine.benchmark.paper import PaperSchedule, ladder, paper_latents
from engine.benchmark.timing import REST, TimedModel
from engine.bundle import providers
from engine.bundle.bundle import Bundle
from engine.generator import Engine
from engine.motion.motion import Motion
from engine.requests import GenerationRequest, Prompt, RegenerationRequest, SamplingOptions

PROMPT = "a person walks forward slowly and waves the left hand"
STANDARD, VARIED, REGENERATED = "engine, standard", "engine, 8 variations", "engine, 1 s made anew"
EAGER = "PyTorch eager"
_MATRIX = 1024


@dataclass(frozen=True)
class Row:
    """elapsed_s: the shortest of the repeats, in seconds. parts_s: of that repeat, by part.

    operations: floating-point (or integer) multiplications and additions of the networks; None where unknown.
    """

    name: str
    motion_s: float
    elapsed_s: float
    parts_s: Mapping[str, float]
    operations: float | None = None


@dataclass(frozen=True)
class Ratio:
    """value = elapsed of one row / elapsed of another. holds: whether it is within what this project promises."""

    name: str
    motion_s: float
    value: float
    promise: str
    holds: bool


@dataclass(frozen=True)
class Report:
    """matmul_gflops: 10⁹ operations a second in ONNX Runtime's product of two 1024² matrices of float32."""

    model: str
    provider: str
    cores: int
    matmul_gflops: float
    rows: Sequence[Row]
    ratios: Sequence[Ratio]
    notes: Sequence[str] = field(default=())

    def share_of_matmul(self, row: Row) -> float | None:
        """Operations a second of a row, as a share of the rate of the machine's matrix product."""
        return None if row.operations is None else row.operations / row.elapsed_s / (self.matmul_gflops * 1e9)


Work = Callable[[TimedModel, int], object]
"""What a row does, with the model and the number of the repeat."""

Said = Callable[[str], None]
"""Told the name of each row before it is measured."""


@dataclass(frozen=True)
class Rival:
    """The same weights in another runtime. model: what of a bundle's methods it has."""

    name: str
    model: Any


def measured(bundle: Bundle, lengths_s: Sequence[float], rivals: Sequence[Rival], repeats: int, said: Said) -> Report:
    """Time everything; lengths in seconds of motion."""
    rows = [row for seconds in lengths_s for row in _rows(bundle, seconds, rivals, repeats, said)]
    said("matrix product")
    return Report(
        model=f"{bundle.manifest.name} {bundle.manifest.version}",
        provider=bundle.provider,
        cores=os.cpu_count() or 1,
        matmul_gflops=_matmul_gflops(bundle, repeats),
        rows=rows,
        ratios=[ratio for seconds in lengths_s for ratio in _ratios(rows, seconds)],
    )


def _rows(bundle: Bundle, seconds: float, rivals: Sequence[Rival], repeats: int, said: Said) -> Iterator[Row]:
    def row(name: str, model: Any, work: Work) -> Row:
        said(f"{name}, {seconds:g} s")
        return _fastest(name, seconds, bundle, model, work, repeats)

    for preset in bundle.manifest.presets:
        yield row(f"engine, {preset}", bundle, _generating(seconds, preset))
    yield row(VARIED, bundle, _generating(seconds, variations=8))
    if seconds >= 2.0:
        made = Engine(bundle).generate(_request(seconds, 0))[0]
        yield row(REGENERATED, bundle, lambda model, repeat: _regenerate(model, made, repeat))
    for rival in rivals:
        yield row(rival.name, rival.model, _generating(seconds))
    if bundle.manifest.family != "masked-ar":  # the schedule is that of the other paper
        return
    for name, schedule in ladder(bundle.manifest.presets["standard"].flow_steps).items():
        yield row(name, bundle, _sampling_as(schedule, seconds))


def _fastest(name: str, seconds: float, bundle: Bundle, model: Any, work: Work, repeats: int) -> Row:
    work(TimedModel(bundle, model), 0)  # the first grows buffers, and compiles where something is compiled
    rows = []
    for repeat in range(1, repeats + 1):
        timed = TimedModel(bundle, model)
        start = time.perf_counter()
        work(timed, repeat)
        elapsed = time.perf_counter() - start
        parts = {**timed.seconds, REST: elapsed - sum(timed.seconds.values())}
        rows.append(Row(name, seconds, elapsed, parts, _operations(bundle, timed.rows)))
    return min(rows, key=lambda row: row.elapsed_s)


def _request(seconds: float, repeat: int, preset: str = "standard", variations: int = 1) -> GenerationRequest:
    options = SamplingOptions(preset=preset, seed=repeat, variations=variations)
    return GenerationRequest((Prompt(_prompt(repeat), seconds),), options)


def _generating(seconds: float, preset: str = "standard", variations: int = 1) -> Work:
    def work(model: TimedModel, repeat: int) -> object:
        return Engine(cast(Bundle, model)).generate(_request(seconds, repeat, preset, variations))

    return work


def _sampling_as(schedule: PaperSchedule, seconds: float) -> Work:
    """Without clean-up, which the paper does not speak of."""

    def work(model: TimedModel, repeat: int) -> object:
        manifest = cast(Bundle, model).manifest
        length, longest = (
            round(value * manifest.fps / manifest.frames_per_latent) for value in (seconds, manifest.max_seconds)
        )
        return model.decode(paper_latents(model, _prompt(repeat), length, longest, schedule)[None])

    return work


def _regenerate(model: TimedModel, motion: Motion, repeat: int) -> list[Motion]:
    middle, half = len(motion) // 2, round(motion.fps / 2)
    options = SamplingOptions(seed=repeat)
    request = RegenerationRequest(middle - half, middle + half, _prompt(repeat), options=options)
    return Engine(cast(Bundle, model)).regenerate(motion, request)


def _prompt(repeat: int) -> str:
    """Another each time, so that its text is encoded each time."""
    return f"{PROMPT} {time.perf_counter_ns() % 1000} {repeat}"


def _operations(bundle: Bundle, rows: Mapping[str, int]) -> float | None:
    graphs = {"text": "text_encoder", "decoder": "decoder"}
    report = bundle.manifest.parity
    try:
        return float(sum(count * report[graphs.get(part, part)]["operations_per_row"] for part, count in rows.items()))
    except (KeyError, TypeError):
        return None


def _matmul_gflops(bundle: Bundle, repeats: int) -> float:
    session = providers.product_session(bundle.provider, bundle.threads)
    matrix = np.ones((_MATRIX, _MATRIX), np.float32)
    times = []
    for _ in range(3 + repeats):
        start = time.perf_counter()
        session.run(None, {"x": matrix})
        times.append(time.perf_counter() - start)
    return float(2 * _MATRIX**3 / min(times) / 1e9)


def _ratios(rows: Sequence[Row], seconds: float) -> Iterator[Ratio]:
    elapsed = {row.name: row.elapsed_s for row in rows if row.motion_s == seconds}
    one = elapsed[STANDARD]
    for name, other, least in ((EAGER, "eager PyTorch / engine", 2.0), ("paper's schedule", "paper / engine", 1.0)):
        if name in elapsed:
            ratio = elapsed[name] / one
            yield Ratio(other, seconds, ratio, f"at least {least:g}", ratio >= least)
    eight = elapsed[VARIED] / one
    yield Ratio("8 variations / one", seconds, eight, "at most 4", eight <= 4.0)
    if REGENERATED in elapsed and seconds >= 10.0:
        part = elapsed[REGENERATED] / one
        yield Ratio("1 s made anew / the whole", seconds, part, "at most 0.4", part <= 0.4)
