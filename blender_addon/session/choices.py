"""From what an operator was given and what the sidebar's fields say to records that know no context."""

from __future__ import annotations

from typing import Any

from ..errors import AddonError
from .orders import GenerateOrder, Sampling
from .placing import Placing


class Choices:
    """Attribute by attribute: what the operator was given, else what the sidebar says."""

    def __init__(self, operator: Any, scene: Any) -> None:
        self._given, self._scene = operator.properties, scene

    def __getattr__(self, name: str) -> Any:
        return getattr(self._given if self.is_given(name) else self._scene.motionwright, name)

    def is_given(self, name: str) -> bool:
        """Whether the operator itself was given this."""
        return name in self._given.bl_rna.properties and bool(self._given.is_property_set(name))


def frames_per_second(scene: Any) -> float:
    """The scene's frame rate, 23.976 included."""
    return float(scene.render.fps / scene.render.fps_base)


def timeline(scene: Any) -> tuple[int, int]:
    """First and last frame of the preview range, where one is set, else of the scene."""
    if scene.use_preview_range:
        return scene.frame_preview_start, scene.frame_preview_end
    return scene.frame_start, scene.frame_end


def sampling(choices: Choices, characters: int = 1) -> Sampling:
    """How to sample; each of several characters gets its takes from seeds of its own."""
    fixed = choices.use_seed or choices.is_given("seed")
    guided = choices.use_guidance or choices.is_given("guidance")
    return Sampling(
        variations=choices.variations * characters,
        seed=choices.seed if fixed else None,
        preset=choices.preset,
        guidance=round(choices.guidance, 4) if guided else None,
        cleanup=choices.cleanup,
    )


def one_prompt(choices: Choices, scene: Any, characters: int) -> GenerateOrder:
    """The order of one sentence."""
    text = " ".join(choices.prompt.split())
    if not text:
        raise AddonError("Say what the character should do: type a sentence.")
    prompts = ((text, _seconds(choices, scene)),)
    return GenerateOrder(prompts, sampling(choices, characters), choices.loop, choices.in_place)


def script(choices: Choices, scene: Any, characters: int) -> GenerateOrder:
    """The order of the script's sentences in a row."""
    parts = scene.motionwright.script
    if not parts:
        raise AddonError("The script is empty; add a sentence to it.")
    prompts = tuple((" ".join(part.text.split()), round(part.seconds, 4)) for part in parts)
    empty = next((i + 1 for i, (text, _) in enumerate(prompts) if not text), None)
    if empty is not None:
        raise AddonError(f"Part {empty} of the script has no sentence; type one or remove the part.")
    return GenerateOrder(prompts, sampling(choices, characters), choices.loop, choices.in_place)


def placing(choices: Choices, scene: Any, name: str) -> Placing:
    """How the motion goes onto the character."""
    on_timeline = _length(choices) == "TIMELINE"
    start = timeline(scene)[0] if on_timeline else scene.frame_start
    if choices.is_given("start"):
        start = choices.start
    elif choices.start_at == "CURRENT" and not on_timeline:
        start = scene.frame_current
    return Placing(name=name, start=start, target=choices.target, **keys(choices))


def keys(choices: Choices) -> dict[str, Any]:
    """What keys are like, whatever they are for: fields of a Placing."""
    return {
        "blend": choices.blend,
        "root": choices.root,
        "feet": choices.feet,
        "hands": choices.hands,
        "degrees": round(choices.reduce_degrees, 4) if choices.reduce else None,
        "millimeters": round(choices.reduce_millimeters, 4) if choices.reduce else None,
        "relax_fingers": choices.relax_fingers,
    }


def _length(choices: Choices) -> str:
    """Which of the lengths counts; one that the operator was given goes before the sidebar's choice."""
    return next((name.upper() for name in ("seconds", "frames") if choices.is_given(name)), choices.length)


def _seconds(choices: Choices, scene: Any) -> float | None:
    """The length asked for; None for the engine's estimate."""
    length, rate = _length(choices), frames_per_second(scene)
    first, last = timeline(scene)
    seconds = {
        "ESTIMATED": None,
        "SECONDS": choices.seconds,
        "FRAMES": choices.frames / rate,
        "TIMELINE": (last - first + 1) / rate,
    }[length]
    return None if seconds is None else round(seconds, 4)
