"""A subject under the suites: asked, judged, and what was found kept, so that a killed evaluation goes on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.errors import UserError
from engine.motion.motion import Motion
from engine.requests import SamplingOptions
from training.data.shards import Shards
from training.evaluation.held_out import draw_examples
from training.evaluation.intervals import Share, share
from training.evaluation.measurements import Ledger
from training.evaluation.measuring import Progress
from training.evaluation.sampling import slug
from training.evaluation.subjects import Subject
from training.evaluation.suites import unusual, variety
from training.evaluation.suites.orders import Order
from training.evaluation.suites.scripts import SECONDS_OF_PART, judged, scripts

_ORDER_SEED, _SCRIPT_SEED, _UNUSUAL_SEED, _VARIETY_SEED = 9_000_000, 9_100_000, 9_200_000, 9_300_000
_REAL_COMPARED = 96


@dataclass(frozen=True)
class Spread:
    """How far motions of one caption are apart, and real clips with its label, in cm."""

    caption: str
    made_cm: float
    real_cm: float

    @property
    def ratio(self) -> float:
        return self.made_cm / self.real_cm


@dataclass(frozen=True)
class Nearness:
    """Distances to the nearest training clip, in cm: the smallest and the median one of n motions."""

    motions: int
    smallest_cm: float
    median_cm: float

    @classmethod
    def of(cls, distances_cm: NDArray[np.float64]) -> Nearness:
        return cls(len(distances_cm), float(distances_cm.min()), float(np.median(distances_cm)))


@dataclass(frozen=True)
class Variety:
    """made, real: how near to training clips the model's motions come, and held-out clips."""

    spreads: tuple[Spread, ...]
    made: Nearness
    real: Nearness

    @property
    def spread_ratio(self) -> float:
        """Of all prompts: how far the model's motions are apart against real clips."""
        return float(np.mean([one.made_cm for one in self.spreads]) / np.mean([one.real_cm for one in self.spreads]))


@dataclass(frozen=True)
class SuiteFindings:
    """scripts: those whose every third obeys. thirds, seams: of all scripts. unusual: motions without fault.

    fastest_m_s: of any joint in these. variety: None where the data has no two long clips with one label.
    """

    scripts: Share
    thirds: Share
    seams: Share
    unusual: Share
    fastest_m_s: float
    variety: Variety | None


class Suites:
    """The suites of one subject under one sampling; ledgers: of the subject, and of what is real."""

    def __init__(
        self,
        subject: Subject,
        shards: Shards,
        sampling: SamplingOptions,
        ledger: Ledger,
        real_ledger: Ledger,
        progress: Progress,
    ) -> None:
        self._subject, self._shards, self._sampling = subject, shards, sampling
        self._ledger, self._real_ledger, self._progress = ledger, real_ledger, progress

    def findings(self) -> SuiteFindings:
        """All suites but the orders'."""
        verdicts = self._scripts()
        soundness = self._unusual()
        return SuiteFindings(
            scripts=share(int(verdicts[:, :3].all(axis=1).sum()), len(verdicts)),
            thirds=share(int(verdicts[:, :3].sum()), verdicts[:, :3].size),
            seams=share(int(verdicts[:, 3:].sum()), verdicts[:, 3:].size),
            unusual=share(int((soundness > 0.0).sum()), len(soundness)),
            fastest_m_s=float(np.abs(soundness).max()),
            variety=self._variety(),
        )

    def orders(self, orders: Sequence[Order], motions: int) -> list[NDArray[np.bool_]]:
        """(motions, predicates) of each order: which of its predicates hold."""
        result = []
        for number, order in enumerate(orders):
            self._progress("Obedience", number, len(orders))

            def measure(order: Order = order) -> NDArray[np.float64]:
                seconds = min(order.seconds, self._subject.longest_seconds)
                answer = self._subject.answer(order.prompt, seconds, _ORDER_SEED, self._sampling, motions)
                return np.array([order.held(motion) for motion in answer.motions], dtype=float)

            result.append(self._numbers(f"order-{motions}-{self._ledger.key_of(order)}", measure) > 0.5)
        self._progress("Obedience", len(orders), len(orders))
        return result

    def _scripts(self) -> NDArray[np.bool_]:
        """(scripts, 5): whether each third obeys, and whether each seam is smooth."""
        wanted, rows = scripts(), []
        for number, script in enumerate(wanted):
            self._progress("Scripts of three prompts", number, len(wanted))

            def measure(number: int = number) -> NDArray[np.float64]:
                script = wanted[number]
                parts = [(prompt, SECONDS_OF_PART) for prompt in script.prompts]
                verdict = judged(script, self._subject.script(parts, _SCRIPT_SEED + number, self._sampling))
                return np.array([*verdict.obeyed, *verdict.smooth], dtype=float)

            rows.append(self._numbers(f"script-{self._ledger.key_of(script)}", measure) > 0.5)
        self._progress("Scripts of three prompts", len(wanted), len(wanted))
        return np.array(rows)

    def _unusual(self) -> NDArray[np.float64]:
        """(prompts,) the speed of the fastest joint in m/s; negative where the motion is not sound."""
        prompts, rows = unusual.UNUSUAL, []
        for number, prompt in enumerate(prompts):
            self._progress("Unusual prompts", number, len(prompts))

            def measure(number: int = number, prompt: str = prompt) -> NDArray[np.float64]:
                return np.array([self._soundness(prompt, _UNUSUAL_SEED + number)])

            rows.append(self._numbers(f"unusual-{self._ledger.key_of(prompt)}", measure)[0])
        self._progress("Unusual prompts", len(prompts), len(prompts))
        return np.array(rows)

    def _soundness(self, prompt: str, seed: int) -> float:
        seconds = min(unusual.SECONDS, self._subject.longest_seconds)
        try:
            (motion,) = self._subject.answer(prompt, seconds, seed, self._sampling).motions
        except UserError:  # a refusal in a sentence is an error, too: the prompt is one that a person may type
            return -unusual.FASTEST_M_S
        speed = unusual.fastest_m_s(motion)
        return speed if unusual.is_sound(motion) else -min(float(np.nan_to_num(speed, nan=1e9)), 1e9)

    def _variety(self) -> Variety | None:
        asked = variety.prompts_with_clips(self._shards)
        if not asked:
            return None
        spreads, middles = [], []
        for number, one in enumerate(asked):
            self._progress("Variety", number, len(asked))

            def measure(number: int = number, one: variety.Asked = one) -> NDArray[np.float64]:
                motions = self._varied(one.caption, _VARIETY_SEED + number * variety.VARIATIONS)
                return np.array([variety.spread_cm(motions), *variety.middles(motions).ravel()])

            found = self._numbers(f"variety-{self._ledger.key_of(one.caption)}", measure)
            spreads.append(Spread(one.caption, float(found[0]), variety.spread_cm(one.real)))
            middles.append(found[1:].reshape(2 * variety.VARIATIONS, -1))
        self._progress("Variety", len(asked), len(asked))
        made = self._numbers(
            "nearest-training-clips", lambda: variety.nearest_cm(np.concatenate(middles), self._shards)
        )
        return Variety(tuple(spreads), Nearness.of(made), Nearness.of(self._real_distances()))

    def _varied(self, caption: str, seed: int) -> list[Motion]:
        return self._subject.answer(caption, variety.SECONDS, seed, self._sampling, variety.VARIATIONS).motions

    def _real_distances(self) -> NDArray[np.float64]:
        def measure() -> NDArray[np.float64]:
            examples = draw_examples(self._shards, "test", _REAL_COMPARED, np.random.default_rng(0))
            return variety.nearest_cm(variety.middles([example.motion for example in examples]), self._shards)

        return self._real_ledger.numbers("nearest-training-clips", measure)

    def _numbers(self, name: str, measure: Callable[[], NDArray[np.float64]]) -> NDArray[np.float64]:
        return self._ledger.numbers(f"{name}-{slug(self._sampling)}", measure)
