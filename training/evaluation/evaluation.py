"""From a model and held-out motion to a report: measure, compare, choose what to show."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from engine.requests import SamplingOptions
from training.data.clip import Split
from training.data.predicates import PREDICATES
from training.data.shards import Shards
from training.evaluation import distributions, retrieval
from training.evaluation.bodies import BodyFigures
from training.evaluation.config import Protocol
from training.evaluation.evaluator import Evaluator, Points
from training.evaluation.held_out import CAPTIONS_PER_LABEL, examples_of_content
from training.evaluation.intervals import estimate
from training.evaluation.meanings import CaptionMeanings
from training.evaluation.measurements import Ledger, Measured
from training.evaluation.measuring import Group, Meter, Progress, Repeat
from training.evaluation.obedience import ActionObedience, Obedience, Verdict, obedience_by_action, obedience_of_real
from training.evaluation.results import Confusion, Curve, CurvePoint, Report, Row, Shown
from training.evaluation.sampling import title
from training.evaluation.subjects import Subject
from training.evaluation.suites.measuring import Suites
from training.evaluation.suites.prompts import suite_of

GUIDANCES = (1.0, 1.5, 2.5, 4.0, 5.5)
FLOW_STEPS = (1, 2, 4, 8, 16)
_CENTROID_CLIPS = 30


@dataclass(frozen=True)
class Plan:
    """How much to measure.

    split: whose captions are the prompts; what is chosen by its figures is chosen on “validation”.
    repeats: of everything, for the intervals. prompts: of each repeat. variations, varied_prompts: of MultiModality.
    obedience_seeds: motions for each prompt of the suite. suites: whether the other
    suites are gone through. curve_prompts: at each point; 0 leaves the curves out.
    """

    protocol: Protocol = "ms-272"
    split: Split = "test"
    repeats: int = 20
    prompts: int = 500
    sampling: SamplingOptions = field(default_factory=SamplingOptions)
    seed: int = 0
    variations: int = 10
    varied_prompts: int = 16
    obedience_seeds: int = 5
    suites: bool = True
    curve_prompts: int = 100
    shown: int = 6


class Evaluation:
    """One evaluation of one subject; `folder` keeps what was measured, so that it can be killed and go on."""

    def __init__(
        self,
        subject: Subject,
        shards: Shards,
        evaluator: Evaluator,
        plan: Plan,
        folder: Path,
        progress: Progress = lambda *_: None,
    ) -> None:
        self._subject, self._shards, self._evaluator, self._plan = subject, shards, evaluator, plan
        self._progress = progress
        common = (evaluator.fingerprint, shards.fingerprint, str(plan.seed), str(plan.prompts), plan.split)
        labels = {(row.content, row.style) for row in shards.rows if not row.captions}
        self._ledger = Ledger(folder, subject.fingerprint, *common)
        real_ledger = Ledger(folder, "real", *common)
        self._suites = Suites(subject, shards, plan.sampling, self._ledger, real_ledger, progress)
        self._meter = Meter(
            subject=subject,
            shards=shards,
            evaluator=evaluator,
            meanings=CaptionMeanings(labels, CAPTIONS_PER_LABEL),
            real_ledger=real_ledger,
            ledger=self._ledger,
            seed=plan.seed,
            split=plan.split,
            progress=progress,
        )

    def report(self) -> Report:
        """Measure all that isn't measured yet, and sum it up."""
        started_at, plan = time.monotonic(), self._plan
        repeats = [self._meter.repeat(number, plan.prompts, plan.sampling) for number in range(plan.repeats)]
        contents, centroids = self._centroids()
        best, worst = self._examples(repeats[0])
        return Report(
            model=self._subject.name,
            license=self._subject.license,
            sampling=title(plan.sampling),
            protocol=plan.protocol,
            evaluator=self._evaluator.name,
            repeats=plan.repeats,
            prompts=plan.prompts,
            pool=repeats[0].real.pools.shape[1],
            distinct_captions=len({example.caption for example in repeats[0].asked}),
            rows=(
                self._row("real motion, cut anew", repeats, lambda one: one.real),
                self._row("real motion, other clips", repeats, lambda one: one.other),
                self._row(self._subject.name, repeats, lambda one: one.made, self._multimodality),
            ),
            split=plan.split,
            real_obedience=Obedience.of(obedience_of_real(repeats[0].asked)),
            obedience=self.obedience(),
            actions=self._actions(repeats),
            suites=self._suites.findings() if plan.suites else None,
            real_confusion=_confusion(repeats, lambda one: one.real, contents, centroids),
            confusion=_confusion(repeats, lambda one: one.made, contents, centroids),
            curves=self._curves(repeats[0]) if plan.curve_prompts else (),
            best=best,
            worst=worst,
            seconds=time.monotonic() - started_at,
        )

    def figures(self) -> list[tuple[dict[str, float], dict[str, float]]]:
        """Real motion's metrics and the model's, of each repeat: the table without what a report shows beside it."""
        repeats = (
            self._meter.repeat(number, self._plan.prompts, self._plan.sampling) for number in range(self._plan.repeats)
        )
        return [(self._figures(one.real, one.reference), self._figures(one.made, one.reference)) for one in repeats]

    def obedience(self) -> Obedience:
        """Of the suite of prompts."""
        return Obedience.of(self._verdicts())

    def _actions(self, repeats: Sequence[Repeat]) -> tuple[ActionObedience, ...]:
        """Of all that was asked in the captions' own words."""
        asked = [example for one in repeats for example in one.asked]
        real, made = (
            np.concatenate([group.measured.obeyed for group in groups])
            for groups in ([one.real for one in repeats], [one.made for one in repeats])
        )
        return obedience_by_action(self._shards, asked, real, made)

    def _row(
        self,
        title: str,
        repeats: Sequence[Repeat],
        group_of: Callable[[Repeat], Group],
        more: Callable[[Repeat], Mapping[str, float]] = lambda _: {},
    ) -> Row:
        figures = [{**self._figures(group_of(one), one.reference), **more(one)} for one in repeats]
        return Row(title, {name: estimate([one[name] for one in figures]) for name in figures[0]})

    def _figures(self, group: Group, reference: Points) -> dict[str, float]:
        """The metrics of one group in one repeat."""
        measured, points = group.measured, group.measured.points
        ranks = retrieval.ranks(group.captions, points, group.pools, self._evaluator.similarity)
        hard_ranks = retrieval.ranks(group.captions, points, group.hard_pools, self._evaluator.similarity)
        bodies = dict(zip(BodyFigures.names(), measured.bodies.mean(axis=0).tolist(), strict=True))
        figures = {
            "fid": distributions.frechet_distance(points, reference),
            **{f"r_precision_{top}": retrieval.r_precision(ranks, top) for top in (1, 2, 3)},
            "r_precision_hard_1": retrieval.r_precision(hard_ranks, 1),
            "mm_dist": retrieval.matching_distance(group.captions, points),
            "clip_score": retrieval.cosine_score(group.captions, points),
            "diversity": distributions.diversity(points),
            "obedience": _obeyed(measured),
            **bodies,
        }
        sinks = zip(("sink_ratio", "sunk_percent"), measured.sink.mean(axis=0) * (1.0, 100.0), strict=True)
        return figures | {name: float(value) for name, value in sinks if not np.isnan(value)}

    def _multimodality(self, repeat: Repeat) -> Mapping[str, float]:
        plan = self._plan
        asked = repeat.asked[: plan.varied_prompts]
        points = self._meter.varied(repeat.number, asked, plan.sampling, plan.variations)
        return {"multimodality": distributions.multimodality(points)}

    def _verdicts(self) -> list[Verdict]:
        """Of the split's suite of prompts, several motions each."""
        orders = suite_of(self._plan.split)
        found = self._suites.orders(orders, self._plan.obedience_seeds)
        return [
            Verdict(order.suite, order.prompt, PREDICATES[name], bool(holds))
            for order, held in zip(orders, found, strict=True)
            for of_motion in held
            for name, holds in zip(order.names, of_motion, strict=True)
        ]

    def _curves(self, repeat: Repeat) -> tuple[Curve, ...]:
        settings = {
            "guidance": [(value, replace(self._plan.sampling, guidance=value)) for value in GUIDANCES],
            "flow steps": [(float(steps), replace(self._plan.sampling, flow_steps=steps)) for steps in FLOW_STEPS],
        }
        return tuple(
            Curve(setting, tuple(CurvePoint(value, self._point(repeat, sampling)) for value, sampling in values))
            for setting, values in settings.items()
        )

    def _point(self, repeat: Repeat, sampling: SamplingOptions) -> Row:
        group = self._meter.asked_again(repeat.asked[: self._plan.curve_prompts], sampling)
        figures = self._figures(group, repeat.reference)
        return Row(title(sampling), {name: estimate([value]) for name, value in figures.items()})

    def _examples(self, repeat: Repeat) -> tuple[tuple[Shown, ...], tuple[Shown, ...]]:
        """The motions that fit their words best and worst by the evaluator, made again from their seeds."""
        group = repeat.made
        ranks = retrieval.ranks(group.captions, group.measured.points, group.pools, self._evaluator.similarity)
        scores = retrieval.cosines(group.captions, group.measured.points)
        order = np.lexsort((-scores, ranks))
        best, worst = order[: self._plan.shown], order[::-1][: self._plan.shown]

        def shown(place: int) -> Shown:
            asked = repeat.asked[place]
            motion = self._meter.made_again(place, asked, self._plan.sampling, repeat.number)
            return Shown(asked.caption, float(scores[place]), int(ranks[place]), motion)

        return tuple(map(shown, best)), tuple(map(shown, worst))

    def _centroids(self) -> tuple[tuple[str, ...], Points]:
        """The contents of the training split, and the mean (contents, D) of the points of each."""
        examples = examples_of_content(self._shards, "train", _CENTROID_CLIPS, np.random.default_rng(self._plan.seed))
        points = _units(self._meter.real("centroids", examples).points)
        contents = tuple(sorted({example.content for example in examples}))
        labels = np.array([example.content for example in examples])
        return contents, _units(np.stack([points[labels == content].mean(axis=0) for content in contents]))


def _confusion(
    repeats: Sequence[Repeat], group_of: Callable[[Repeat], Group], contents: tuple[str, ...], centroids: Points
) -> Confusion:
    """A motion is taken for the content whose training clips lie nearest on average."""
    counts = np.zeros((len(contents), len(contents)), dtype=int)
    for repeat in repeats:
        found = (_units(group_of(repeat).measured.points) @ centroids.T).argmax(axis=1)
        for example, taken_for in zip(repeat.asked, found, strict=True):
            if example.content in contents:
                counts[contents.index(example.content), taken_for] += 1
    seen = [i for i in range(len(contents)) if counts[i].any() or counts[:, i].any()]
    return Confusion(tuple(contents[i] for i in seen), tuple(tuple(int(counts[i, j]) for j in seen) for i in seen))


def _units(points: Points) -> Points:
    return points / np.linalg.norm(points, axis=1, keepdims=True)


def _obeyed(measured: Measured) -> float:
    held, stated_count = measured.obeyed.sum(axis=0)
    return float(held / stated_count) if stated_count else float("nan")
