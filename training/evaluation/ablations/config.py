"""What an ablation compares: a base, and variants of it, from a TOML file.

base = "generator-small.toml"   # a generator's configuration, beside this file or by its path
steps = 1500                    # of each training
seeds = [0, 1, 2]               # each variant is trained once from each
repeats = 1                     # of the measuring of each trained model
prompts = 200                   # of each repeat

[variants.plain]
[variants.with-memory.model]    # any key of the base may be another
memory_slots = 32
[variants.other-autoencoder]
autoencoder = "runs/other"
[variants.guided.sampling]      # and any option of sampling; this one is not trained again
guidance = 4.0
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError

from engine.errors import UserError
from engine.requests import SamplingOptions
from training.config import Config, GeneratorTraining
from training.evaluation.sampling import sampling_options

_SAMPLING = "sampling"


@dataclass(frozen=True)
class Variant:
    """training: as from seed 0; `from_seed` gives it with another."""

    name: str
    training: GeneratorTraining
    sampling: SamplingOptions

    def from_seed(self, seed: int) -> GeneratorTraining:
        schedule = self.training.schedule.model_copy(update={"seed": seed})
        return self.training.model_copy(update={"schedule": schedule})


class AblationConfig(Config):
    """variants: name → what is changed, as tables of the base's own keys, and `sampling`, of the engine's options.

    prompts, repeats: of the evaluation of each trained model. obedience_motions: for each prompt of the suite.
    """

    base: Path
    steps: int = Field(gt=0)
    seeds: tuple[int, ...] = Field(default=(0,), min_length=1)
    repeats: int = Field(default=1, gt=0)
    prompts: int = Field(default=200, ge=8)
    obedience_motions: int = Field(default=3, gt=0)
    variants: dict[str, dict[str, Any]] = Field(min_length=1)

    def resolved(self, folder: Path) -> tuple[Variant, ...]:
        """The variants in their order; UserError for one that doesn't fit. folder: of this file."""
        base = GeneratorTraining.read(folder / self.base).model_dump()
        base = merged(base, {"schedule": {"steps": self.steps}})
        return tuple(self._variant(name, change, base) for name, change in self.variants.items())

    def _variant(self, name: str, change: Mapping[str, Any], base: Mapping[str, Any]) -> Variant:
        if not name.replace("-", "").isalnum():
            raise UserError(f"“{name[:80]}” can't name a variant; use letters, digits and hyphens.")
        trained = {key: value for key, value in change.items() if key != _SAMPLING}
        try:
            training = GeneratorTraining.model_validate(merged(base, trained))
        except ValidationError as error:
            first = error.errors()[0]
            raise UserError(f"variant {name}: {'.'.join(map(str, first['loc']))}: {first['msg']}.") from error
        try:
            return Variant(name, training, sampling_options(change.get(_SAMPLING, {})))
        except UserError as error:
            raise UserError(f"variant {name}: {error}") from error


def merged(base: Mapping[str, Any], change: Mapping[str, Any]) -> dict[str, Any]:
    """`base` with the values of `change`, tables within tables."""
    return {
        **base,
        **{
            key: merged(base[key], value)
            if isinstance(value, Mapping) and isinstance(base.get(key), Mapping)
            else value
            for key, value in change.items()
        },
    }
