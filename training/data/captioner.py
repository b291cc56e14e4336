"""Captions of motion that comes without any: what is observed, frame by frame, put into sentences."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from engine.motion.motion import Motion
from training.data.composition import phrases
from training.data.predicates import Seen, observed
from training.data.styles import anyone

_MOST_DEEDS = 3
_PLAINEST = "stands"
# Of two rows that hold at once for most of the shorter, the first says what the second does.
_SAYS_MORE = {
    "turns left": ("walks forward", "runs", "walks to the left"),
    "turns right": ("walks forward", "runs", "walks to the right"),
    "lies down": ("crouches", "lies", "walks forward", "walks backward"),
    "gets up": ("crouches", "lies", "walks forward", "walks backward"),
    "jumps": ("walks forward", "crouches", "runs"),
    "bows": ("stands",),
}
_GAITS = ("walks forward", "walks backward", "walks to the left", "walks to the right", "runs")
_TURNING_GAITS = {"walks forward": "walk", "runs": "run"}


def captions_of_motion(motion: Motion, count: int, manner: str = "") -> tuple[str, ...]:
    """Up to `count` distinct sentences of what is done in a motion; none where nothing is observed.

    manner: is put after them, as in "in a tired way". The same motion gets the same ones at every call.
    """
    deeds = _deeds(observed(motion))
    if not deeds:
        return ()
    random = Random(f"{len(motion)}/{[deed.names for deed in deeds]}")
    sentences = (_sentence(deeds, random) for _ in range(count * 4))
    return tuple(dict.fromkeys(f"{sentence} {manner}".strip() for sentence in sentences))[:count]


@dataclass
class _Deed:
    """What is done at a time: a main observation, and what an arm or leg does meanwhile."""

    seen: Seen
    meanwhile: Seen | None = None
    turning: Seen | None = None

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(one.observation.name for one in (self.seen, self.meanwhile, self.turning) if one is not None)

    def action(self, random: Random) -> str:
        """A base-form phrase for it."""
        action = random.choice(self.seen.observation.actions)
        if self.turning is not None:
            gait, side = _TURNING_GAITS[self.seen.observation.name], self.turning.observation.name.split(" ")[1]
            action = random.choice((f"{gait} and turn {side}", f"{gait} in a curve to the {side}"))
        if self.meanwhile is not None:
            action = phrases.at_once_as_action(action, random.choice(self.meanwhile.observation.actions))
        return action


def _deeds(seen: list[Seen]) -> list[_Deed]:
    """At most three things one after the other, the plainest left out where there are others."""
    limbs = [one for one in seen if one.observation.joints != ("pelvis",)]
    turns = [one for one in seen if one.observation.name.startswith("turns")]
    bodies = [one for one in seen if one not in limbs and one not in turns]
    told = {outer for one in seen for outer in _SAYS_MORE.get(one.observation.name, ())}
    deeds: list[_Deed] = []
    for one in bodies:
        covered = any(
            one.observation.name in _SAYS_MORE.get(other.observation.name, ()) and _share(one, other) > 0.5
            for other in bodies + limbs
            if other is not one
        )
        if not (covered and one.observation.name in told):
            deeds.append(_Deed(one))
    _add_turns(deeds, turns)
    _add_limbs(deeds, limbs)
    deeds.sort(key=lambda deed: deed.seen.start)
    deeds = [deed for number, deed in enumerate(deeds) if number == 0 or deed.names != deeds[number - 1].names]
    while len(deeds) > 1 and any(deed.names == (_PLAINEST,) for deed in deeds):
        deeds.remove(next(deed for deed in deeds if deed.names == (_PLAINEST,)))
    while len(deeds) > _MOST_DEEDS:
        deeds.remove(min(deeds, key=lambda deed: deed.seen.end - deed.seen.start))
    return deeds


def _add_turns(deeds: list[_Deed], turns: list[Seen]) -> None:
    """A turn belongs to the gait during which it happens; on the spot it is a deed of its own."""
    for turn in turns:
        gait = next(
            (deed for deed in deeds if deed.seen.observation.name in _TURNING_GAITS and _share(turn, deed.seen) > 0.5),
            None,
        )
        if gait is None:
            deeds.append(_Deed(turn))
        elif gait.turning is None:
            gait.turning = turn


def _add_limbs(deeds: list[_Deed], limbs: list[Seen]) -> None:
    """What a limb does goes with a gait that goes on meanwhile; someone who stands just does it."""
    for limb in limbs:
        gait = next(
            (deed for deed in deeds if deed.seen.observation.name in _GAITS and _share(limb, deed.seen) > 0.6), None
        )
        if gait is None:
            deeds.append(_Deed(limb))
        elif gait.meanwhile is None:
            gait.meanwhile = limb


def _share(one: Seen, other: Seen) -> float:
    """The share of `one` that lies within `other`."""
    return max(0, min(one.end, other.end) - max(one.start, other.start)) / (one.end - one.start)


def _sentence(deeds: list[_Deed], random: Random) -> str:
    subject = anyone(random)
    actions = [deed.action(random) for deed in deeds]
    if len(actions) == 1:
        return phrases.alone(subject, actions[0], random)
    return phrases.in_a_row(subject, actions, stops=False, random=random)
