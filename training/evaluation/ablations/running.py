"""Training and measuring the variants of an ablation, from where a killed one had got to."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from engine.errors import UserError
from training.config import GeneratorTraining
from training.data.shards import Shards
from training.evaluation.ablations.config import AblationConfig, Variant
from training.evaluation.ablations.findings import Finding, known_finding
from training.evaluation.evaluation import Evaluation, Plan
from training.evaluation.evaluator import Evaluator
from training.evaluation.measuring import Progress
from training.evaluation.obedience import Obedience
from training.evaluation.subjects import open_subject
from training.trainers.checkpoint import WEIGHTS
from training.trainers.generator import train_generator

OnStep = Callable[[str, int, Mapping[str, float]], None]


class Ablation:
    """Runs lie in `folder`/runs, measurements beside them. The prompts of a seed are the same for every variant."""

    def __init__(
        self,
        config: AblationConfig,
        variants: Sequence[Variant],
        shards: Shards,
        evaluator: Evaluator,
        folder: Path,
        on_step: OnStep = lambda *_: None,
        progress: Progress = lambda *_: None,
    ) -> None:
        self._config, self._variants, self._shards, self._evaluator = config, variants, shards, evaluator
        self._folder, self._on_step, self._progress = folder, on_step, progress

    def run(self) -> list[Finding]:
        """The findings of every variant and seed.

        Seed by seed, so that a table of all variants is there as soon as the first seed is through.
        """
        return [self._finding(variant, seed) for seed in self._config.seeds for variant in self._variants]

    def _finding(self, variant: Variant, seed: int) -> Finding:
        plan = self._plan(variant, seed)
        settings = self._settings(variant, seed, plan)
        known = known_finding(self._folder, variant.name, seed, settings)
        if known is not None:
            return known
        run = self._trained(variant, seed)
        evaluation = Evaluation(
            open_subject(run), self._shards, self._evaluator, plan, self._folder / "measurements", self._progress
        )
        figures, obeyed = evaluation.figures(), _obedience_figures(evaluation.obedience())
        finding = Finding(
            variant=variant.name,
            place=self._variants.index(variant),
            seed=seed,
            settings=settings,
            real=[real for real, _ in figures],
            model=[model | obeyed for _, model in figures],
        )
        finding.save(self._folder)
        return finding

    def _trained(self, variant: Variant, seed: int) -> Path:
        """The run of a variant and a seed, trained; variants that differ in their sampling alone share it."""
        owner = next(one for one in self._variants if one.training == variant.training)
        settings, run = owner.from_seed(seed), self._folder / "runs" / f"{owner.name}-seed-{seed}"
        saved = run / "config.json"
        if saved.is_file() and GeneratorTraining.read(saved) != settings:
            raise UserError(f"{run} was trained with other settings; delete it, or give another folder.")
        if not (run / WEIGHTS).is_file():
            settings.open_run(run)
            label = f"{owner.name}, seed {seed}"
            train_generator(settings, self._shards, run, on_step=lambda step, row: self._on_step(label, step, row))
        return run

    def _plan(self, variant: Variant, seed: int) -> Plan:
        return Plan(
            protocol=self._evaluator.protocol,
            split="validation",
            repeats=self._config.repeats,
            prompts=self._config.prompts,
            sampling=variant.sampling,
            seed=seed,
            obedience_seeds=self._config.obedience_motions,
        )

    def _settings(self, variant: Variant, seed: int, plan: Plan) -> dict[str, Any]:
        """As JSON has them, so that they can be compared with what was saved."""
        training = variant.from_seed(seed).model_dump(mode="json")
        measured = {
            "split": plan.split,
            "repeats": plan.repeats,
            "prompts": plan.prompts,
            "obedience_motions": plan.obedience_seeds,
            "sampling": repr(plan.sampling),
            "evaluator": self._evaluator.fingerprint,
            "shards": self._shards.fingerprint,
        }
        settings: dict[str, Any] = json.loads(json.dumps({"training": training, "measured": measured}))
        return settings


def _obedience_figures(obedience: Obedience) -> dict[str, float]:
    """The suite's shares as metrics, by kind of word and by suite."""
    by_name = {**obedience.by_kind, **obedience.by_suite}
    return {
        "suite": obedience.overall.value,
        **{f"suite_{name}": one.value for name, one in by_name.items()},
    }
