"""What an ablation has found so far: one file for each variant and seed, so that a killed one goes on where it was."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from engine.errors import UserError
from engine.files import written_whole
from training.evaluation.intervals import Estimate, estimate

Figures = Mapping[str, float]
_FORMAT = "motionwright-ablation/1"


@dataclass(frozen=True)
class Finding:
    """One trained model, measured.

    place: of the variant in the table. settings: all that the figures depend on. real, model: metric → value, in each
    repeat.
    """

    variant: str
    place: int
    seed: int
    settings: Mapping[str, Any]
    real: Sequence[Figures]
    model: Sequence[Figures]

    def save(self, folder: Path) -> None:
        """Write it whole."""
        _folder(folder).mkdir(parents=True, exist_ok=True)
        with written_whole(_path(folder, self.variant, self.seed)) as temporary:
            text = json.dumps({"format": _FORMAT, **asdict(self)}, indent=1, ensure_ascii=False)
            temporary.write_text(text + "\n", encoding="utf-8")


def known_finding(folder: Path, variant: str, seed: int, settings: Mapping[str, Any]) -> Finding | None:
    """What was saved for a variant and a seed under the same settings, if anything was."""
    path = _path(folder, variant, seed)
    finding = _read(path) if path.is_file() else None
    return finding if finding is not None and finding.settings == settings else None


def findings(folder: Path) -> list[Finding]:
    """All that lie in a folder; UserError where there are none."""
    result = [_read(path) for path in sorted(_folder(folder).glob("*.json"))]
    if not result:
        raise UserError(f"Nothing has been measured in {folder} yet; run `motionwright ablation run` first.")
    return result


@dataclass(frozen=True)
class Line:
    """A line of the table. difference: to the first variant, seed by seed; None for real motion and the first.

    seeds: how many models it is about. estimates, difference: by names of metrics; the intervals are over the seeds, or
    over the repeats of the evaluation where there is one seed.
    """

    title: str
    seeds: int
    estimates: Mapping[str, Estimate]
    difference: Mapping[str, Estimate] | None = None


def lines(found: Sequence[Finding]) -> list[Line]:
    """Real motion, then the variants in their order; the first one is what the others differ from."""
    by_seed = {finding.seed: finding for finding in found}
    of_variants: dict[str, list[Finding]] = {}
    for finding in sorted(found, key=lambda one: (one.place, one.seed)):
        of_variants.setdefault(finding.variant, []).append(finding)
    first = next(iter(of_variants.values()))
    rows = [Line("real motion, cut anew", len(by_seed), _estimates([one.real for one in by_seed.values()]))]
    for name, of_variant in of_variants.items():
        difference = None if of_variant is first else _difference(of_variant, first)
        rows.append(Line(name, len(of_variant), _estimates([one.model for one in of_variant]), difference))
    return rows


def _estimates(of_seeds: Sequence[Sequence[Figures]]) -> dict[str, Estimate]:
    """A seed counts as the mean of its repeats: what differs between trainings must not be thinned out by repeats."""
    names = [name for name in of_seeds[0][0] if all(name in one for repeats in of_seeds for one in repeats)]
    if len(of_seeds) == 1:
        return {name: estimate([one[name] for one in of_seeds[0]]) for name in names}
    return {name: estimate([float(np.mean([one[name] for one in repeats])) for repeats in of_seeds]) for name in names}


def _difference(of_variant: Sequence[Finding], first: Sequence[Finding]) -> dict[str, Estimate]:
    """Seeds share their prompts, so that what one seed's prompts do to both is gone from their difference."""
    firsts = {finding.seed: finding.model for finding in first}
    pairs = [(finding.model, firsts[finding.seed]) for finding in of_variant if finding.seed in firsts]
    apart = [
        [
            {name: one[name] - other[name] for name in one if name in other}
            for one, other in zip(model, of_first, strict=True)
        ]
        for model, of_first in pairs
    ]
    return _estimates(apart) if apart else {}


def _folder(folder: Path) -> Path:
    return folder / "findings"


def _path(folder: Path, variant: str, seed: int) -> Path:
    return _folder(folder) / f"{variant}-seed-{seed}.json"


def _read(path: Path) -> Finding:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if content.pop("format") != _FORMAT:
            raise UserError(f"{path} was written by another version; measure in another folder.")
        return Finding(**content)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UserError(f"{path} is no finding of an ablation; delete it and run the ablation again.") from error
