"""How a subject is sampled: the engine's own options, without seed and number of variations, which evaluation sets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from engine.errors import UserError
from engine.requests import SamplingOptions

_SET_BY_EVALUATION = ("seed", "variations")


def sampling_options(settings: Mapping[str, Any]) -> SamplingOptions:
    """The options of these names; UserError for a name that the engine doesn't know or a value that can't be."""
    known = [field.name for field in fields(SamplingOptions) if field.name not in _SET_BY_EVALUATION]
    for name in settings:
        if name not in known:
            raise UserError(f"“{name[:80]}” is no option of sampling; choose {', '.join(known)}.")
    try:
        return SamplingOptions(**settings)
    except TypeError as error:
        raise UserError(f"An option of sampling has a value of another kind: {error}.") from error


def changed_options(options: SamplingOptions) -> dict[str, Any]:
    """The options beside the preset that differ from the model's own."""
    plain = SamplingOptions(preset=options.preset)
    values = {
        field.name: getattr(options, field.name) for field in fields(options) if field.name not in _SET_BY_EVALUATION
    }
    return {name: value for name, value in values.items() if value != getattr(plain, name)}


def slug(options: SamplingOptions) -> str:
    """For file names: the same for the same options, another for others."""
    parts = (f"{name}={value}" for name, value in sorted(changed_options(options).items()))
    return "-".join([options.preset, *parts]).replace("/", "_")


def title(options: SamplingOptions) -> str:
    """For people: “standard, guidance 4, 8 steps”."""
    parts = [options.preset]
    for name, value in changed_options(options).items():
        shown = f"{value:g}" if isinstance(value, float) else str(value)
        parts.append(f"{shown} steps" if name == "flow_steps" else f"{name.replace('_', ' ')} {shown}")
    return ", ".join(parts)
