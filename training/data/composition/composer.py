"""Composites: sequences, layers, tempos, gaits and stands, with captions; each a function of its seed alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.motion import ms272
from engine.motion.foot_lock import lock_feet
from training.data.captions import canonical_style
from training.data.composition import phrases
from training.data.composition.casting import (
    GESTURE,
    MOVING,
    RUNNING,
    STAND,
    WALKING,
    Cast,
    Take,
    part_of,
    retimed,
    standing,
    sustained,
)
from training.data.composition.joining import Part, best_join, joined
from training.data.composition.layering import OWNED_JOINTS, layered
from training.data.composition.roles import Kind
from training.data.composition.strand import Strand
from training.data.predicates import stated
from training.data.shards import ClipRow, Shards

_MAX_JOIN_COST_M = 0.16
"""Joins that are worse look like a jump."""

_TRIES, _TRIES_OF_A_KIND = 60, 5
_SHORTEST_FRAMES = 48
_LASTING = (0.3, 1.0)
"""How much of a layer its gesture lasts."""

_OF_ARMS = ("side", "body_part")
_OWN_ARMS_SHARE = 0.75
_THREE_SHARE, _STAND_SHARE, _TIMED_SHARE, _FREE_SHARE = 0.4, 0.2, 0.12, 0.5
_TEMPO_TIMES = 3
"""How many times as many captions a tempo gets: its free wordings are many, and only composites tell them."""

_SLOW_TEMPOS, _SLOW_RUN_TEMPOS, _QUICK_TEMPOS = (0.65, 0.82), (0.8, 0.86), (1.18, 1.4)
"""Clearly slow or clearly quick; a run much slower than it was would float."""

_SLOW_WALKS_M_S, _QUICK_WALKS_M_S = (0.62, 0.98), (1.36, 1.8)
_AMBLING_M_S = (0.9, 1.5)
"""The speeds of walks forward at an ordinary pace; those of other gaits are made slower or quicker by a share."""

_PACED_SHARE = 0.45
_OWN_PACE = {"elderly": 0.7, "active": 1.25}
"""How fast the old and the active walk, against others."""

_NEVER_QUICK = ("exhausted", "sad")
_TOLD_FREELY = ("normal", "exhausted")
"""Styles that free wordings of pace have the right subjects for; in others the subject must tell the style."""

_STEADY: tuple[Kind, ...] = ("walk", "run")
"""What may be cut anywhere, and repeated."""

_FORWARD = ("walk", "walks forward", "walk-turn-left", "walk-turn-right")
"""What is only called slow or quick when it is so by an absolute measure."""


@dataclass(frozen=True, eq=False)
class Composite:
    """features: (N, 272) float32, N a multiple of 4. captions: several wordings. kind: how it was made.

    is_steady: any stretch of it does what the captions say.
    """

    features: NDArray[np.float32]
    captions: tuple[str, ...]
    kind: str
    is_steady: bool


@dataclass(frozen=True, eq=False)
class _Deed:
    """What is done in a part: by which take, or standing; another beside it, and how fast.

    stops: it is the standing after a gait.
    """

    take: Take | None
    beside: Take | None = None
    tempo: float = 1.0
    stops: bool = False

    @property
    def content(self) -> str:
        return self.take.role.content if self.take else STAND

    def action(self, random: Random) -> str:
        """A base-form phrase for it."""
        if self.take is None:
            return random.choice(phrases.STOP if self.stops and random.random() < 0.6 else phrases.STAND)
        role = self.take.role
        if self.beside is None:
            return phrases.paced_action(role.content, role.actions, self.tempo, random)
        action = phrases.action_among(role.actions, random, simple=True)
        other = phrases.action_among(self.beside.role.actions, random, simple=True)
        return phrases.at_once_as_action(action, other) + phrases.pace_of(self.tempo, random)


class _Made(NamedTuple):
    """sentence: makes one of a subject. is_steady: as a composite's."""

    strand: Strand
    sentence: Callable[[str, Random], str]
    is_steady: bool = False


class Composer:
    """Makes composites out of clips, which must all be of the training split."""

    def __init__(self, shards: Shards, rows: Sequence[ClipRow], max_frames: int, wordings: int) -> None:
        self._cast = Cast(shards, rows)
        self._max_frames, self._wordings = max_frames // 4 * 4, wordings
        self._kinds: dict[str, tuple[float, Callable[[str, Random], _Made | None]]] = {
            # Sequences are few: the engine tells their sentences apart, and makes scripts of them.
            "sequence": (0.25, self._sequence),
            "layer": (0.37, self._layer),
            "tempo": (0.26, self._tempo),
            "gait": (0.07, self._gait),
            "stand": (0.05, self._stand),
        }

    def composite(self, seed: int) -> Composite | None:
        """The composite of this seed; None where the clips are too few for any."""
        random = Random(seed)
        if not self._cast:
            return None
        for number in range(_TRIES):
            if number % _TRIES_OF_A_KIND == 0:
                kind = random.choices(list(self._kinds), [weight for weight, _ in self._kinds.values()])[0]
            style = self._cast.style(random)
            made = self._kinds[kind][1](style, random)
            if made is not None:
                manner = phrases.manner_of(style)
                count = self._wordings * (_TEMPO_TIMES if kind == "tempo" else 1)
                captions = [made.sentence(phrases.subject_of(style, random), random) + manner for _ in range(count)]
                return Composite(_finished(made.strand), tuple(dict.fromkeys(captions)), kind, made.is_steady)
        return None

    def _sequence(self, style: str, random: Random) -> _Made | None:
        plan = self._plan(style, random)
        if plan is None:
            return None
        parts = [self._part(deed, style, random) for deed in plan]
        made = _in_sequence([part for part in parts if part is not None]) if all(parts) else None
        if made is None:
            return None
        strand, begins = made
        whole = self._cut(strand, plan[-1], random)
        if whole is None:
            return None
        ends = [*begins[1:], len(whole)]
        seconds = [(end - begin) / ms272.FPS for begin, end in zip(begins, ends, strict=True)]
        kinds = [self._cast.kind(deed.content) for deed in plan]
        stops = len(plan) == 2 and kinds[0] in WALKING and kinds[1] in GESTURE

        def sentence(subject: str, random: Random) -> str:
            timed = random.random() < _TIMED_SHARE
            done = [
                deed.action(random) + (phrases.duration_of(length, random) if timed and kind not in GESTURE else "")
                for deed, kind, length in zip(plan, kinds, seconds, strict=True)
            ]
            return phrases.in_a_row(subject, done, stops, random)

        return _Made(whole, sentence)

    def _plan(self, style: str, random: Random) -> list[_Deed] | None:
        """Two or three deeds that can follow one another: a run only beside a gait, a stand once."""
        deeds: list[_Deed] = []
        count = 3 if random.random() < _THREE_SHARE else 2
        while len(deeds) < count:
            last = deeds[-1].content if deeds else None
            kind = self._cast.kind(last) if last else None
            has_stood = any(deed.take is None for deed in deeds)
            if kind in (*WALKING, *GESTURE) and not has_stood and random.random() < _STAND_SHARE:
                deeds.append(_Deed(None, stops=kind in MOVING))
                continue
            choice = self._cast.drawn([name for name in self._next(kind, style, random) if name != last], style, random)
            if choice is None:
                return None
            take = self._cast.take(choice, style, random)
            if not (take.role.begins_upright or not deeds) or not (take.role.ends_upright or len(deeds) == count - 1):
                return None
            deeds.append(self._deed(take, style, random))
        if not any(deed.take is None for deed in deeds) and len(deeds) < 3 and random.random() < 0.08:
            deeds.insert(0, _Deed(None))
        return deeds

    def _next(self, kind: Kind | None, style: str, random: Random) -> list[str]:
        """What may follow a part of a kind, or nothing or a stand: gaits and gestures in turn."""
        if kind in RUNNING:
            return self._cast.contents(MOVING, style)
        if random.random() < 0.5:
            return self._cast.contents(GESTURE, style)
        return self._cast.contents(MOVING if kind in (*WALKING, None) else WALKING, style)

    def _deed(self, take: Take, style: str, random: Random) -> _Deed:
        beside = None
        if take.role.kind in MOVING and random.random() < 0.15:
            content = self._cast.drawn(self._cast.of_limbs(style), style, random)
            beside = self._cast.take(content, style, random) if content else None
        is_paced = beside is None and random.random() < 0.2
        return _Deed(take, beside, _tempo(take, style, random) if is_paced else 1.0)

    def _part(self, deed: _Deed, style: str, random: Random) -> Part | None:
        if deed.take is None:
            source = self._cast.drawn(self._cast.contents(GESTURE, style), style, random)
            return standing(self._cast.take(source, style, random), random.randrange(24, 75)) if source else None
        take = retimed(deed.take, deed.tempo)
        if deed.beside is None:
            return part_of(take, random, random.randrange(36, 110))
        event = deed.beside.role.event
        if event[1] - event[0] > len(take.strand) - 30:
            return None
        # The arms begin after the transition into the part and are down again before the one out of it.
        start = 18 - min(event[0] - 14, 0) - event[0] + 14
        strand = layered(take.strand, deed.beside.strand, deed.beside.role.joints, start, event)
        end = start + event[1] + 14
        last = len(strand) - 16
        return Part(strand, (0, 4), (min(end, last), min(end + 24, last)))

    def _layer(self, style: str, random: Random) -> _Made | None:
        """Arms on a gait; or one arm on a stand in which the other does something else."""
        body = self._cast.drawn(self._cast.contents((*MOVING, *GESTURE), style), style, random)
        style_of_arms = self._style_of_arms(style, random)
        arms = self._cast.drawn(self._cast.of_limbs(style_of_arms), style_of_arms, random)
        if body is None or arms is None or not self._are_apart(body, arms):
            return None
        under, over = self._cast.take(body, style, random), self._cast.take(arms, style_of_arms, random)
        is_paced = under.role.kind in WALKING and random.random() < _PACED_SHARE
        tempo = _tempo(under, style, random) if is_paced else 1.0
        under = retimed(under, tempo)
        if len(under.strand) < _SHORTEST_FRAMES + 12:
            return None
        length = min(self._max_frames, len(under.strand), random.randrange(90, 260))
        first = random.randrange(len(under.strand) - length + 1) if under.role.kind in _STEADY else 0
        if under.role.kind == "turn":
            first, length = 0, len(under.strand)
        if under.role.kind in MOVING and over.role.content in OWNED_JOINTS:
            over = sustained(over, round(random.uniform(*_LASTING) * length))
        event = over.role.event
        if under.role.kind in GESTURE:  # both rise at about the same time
            length = min(len(under.strand), len(over.strand) + 20)
            start = under.role.event[0] - event[0] + random.randrange(-6, 7)
        else:
            start = random.randrange(-min(30, event[0] + 20), max(1, min(40, length - 60)))
        strand = layered(under.strand.frames(first, first + length), over.strand, over.role.joints, start, event)

        has_own_pace = under.role.kind in WALKING and random.random() < _PACED_SHARE
        pace = _OWN_PACE.get(style, 1.0) if has_own_pace else tempo

        def sentence(subject: str, random: Random) -> str:
            one = phrases.paced_action(under.role.content, under.role.actions, pace, random, simple=True)
            other = phrases.action_among(over.role.actions, random, simple=True)
            return phrases.at_once(subject, one, other, random)

        made = self._shortened(strand)
        return _Made(made, sentence) if _shows(made, under.role.content, over.role.content) else None

    def _style_of_arms(self, style: str, random: Random) -> str:
        """Mostly the body's; the ordinary one where that has few gestures, or none: a gait tells a style as well."""
        return style if self._cast.of_limbs(style) and random.random() < _OWN_ARMS_SHARE else "normal"

    def _are_apart(self, body: str, arms: str) -> bool:
        """Whether two contents are done by different joints, and are not the same thing twice."""
        if body == arms or (self._cast.kind(body) in GESTURE and not self._cast.joints(body)):
            return False
        return not set(self._cast.joints(body)) & set(self._cast.joints(arms))

    def _tempo(self, style: str, random: Random) -> _Made | None:
        content = self._cast.drawn(self._cast.contents((*MOVING, *GESTURE), style), style, random)
        if content is None:
            return None
        take = self._cast.take(content, style, random)
        deed = _Deed(take, tempo=_tempo(take, style, random))
        if deed.tempo == 1.0:
            return None
        take = retimed(take, deed.tempo)
        strand = _going_on(take, self._max_frames, random) or self._cut(take.strand, deed, random)
        free = phrases.free_of_pace(content, style, deed.tempo)

        def sentence(subject: str, random: Random) -> str:
            if free and random.random() < _FREE_SHARE:
                someone, action = random.choice(free)
                return phrases.alone(someone if style in _TOLD_FREELY else subject, action, random)
            return phrases.alone(subject, deed.action(random), random)

        return None if strand is None else _Made(strand, sentence, take.role.kind in _STEADY)

    def _gait(self, style: str, random: Random) -> _Made | None:
        """A walk or a run at its own pace that goes on and on."""
        content = self._cast.drawn(self._cast.contents(_STEADY, style), style, random)
        take = self._cast.take(content, style, random) if content else None
        strand = _going_on(take, self._max_frames, random) if take else None
        if take is None or strand is None:
            return None

        deed = _Deed(take)
        return _Made(strand, lambda subject, r: phrases.alone(subject, deed.action(r), r), is_steady=True)

    def _stand(self, style: str, random: Random) -> _Made | None:
        part = self._part(_Deed(None), style, random)
        if part is None:
            return None
        return _Made(part.strand, lambda subject, r: phrases.alone(subject, r.choice(phrases.STAND), r))

    def _cut(self, strand: Strand, last: _Deed, random: Random) -> Strand | None:
        """Not longer than allowed: a steady end may be cut off anywhere, a gesture or a turn may not."""
        if len(strand) < _SHORTEST_FRAMES:
            return None
        is_steady = self._cast.kind(last.content) in (None, *_STEADY) and not last.beside
        if len(strand) > self._max_frames and not is_steady:
            return None
        return self._shortened(strand)

    def _shortened(self, strand: Strand) -> Strand:
        return strand.frames(0, min(len(strand), self._max_frames) // 4 * 4)


def _shows(strand: Strand, *contents: str) -> bool:
    """Whether the arms of a layer still do what their captions say: on another body a hand may hang."""
    motion = strand.motion()
    stated_of_arms = (one for content in contents for one in stated(content, "normal") if one.kind in _OF_ARMS)
    return all(one.holds(motion) for one in stated_of_arms)


def _tempo(take: Take, style: str, random: Random) -> float:
    """Slow or quick, as the take and the style allow; 1 where a style has a pace of its own, or neither would be."""
    style = canonical_style(style)
    if style in _OWN_PACE:
        return 1.0
    speed, is_slow = take.strand.speed_m_s, style in _NEVER_QUICK or random.random() < 0.5
    if take.role.kind in WALKING and _AMBLING_M_S[0] < speed < _AMBLING_M_S[1]:
        wanted = random.uniform(*(_SLOW_WALKS_M_S if is_slow else _QUICK_WALKS_M_S)) / speed
        return min(wanted, _SLOW_TEMPOS[1]) if is_slow else max(wanted, _QUICK_TEMPOS[0])
    if take.role.content in _FORWARD and is_slow != (speed < _AMBLING_M_S[1]):
        return 1.0
    slow = _SLOW_RUN_TEMPOS if take.role.kind in RUNNING else _SLOW_TEMPOS
    return random.uniform(*(slow if is_slow else _QUICK_TEMPOS))


def _going_on(take: Take, frames: int, random: Random) -> Strand | None:
    """The take again and again for so long; None unless it is steady and fits itself.

    Clips of gaits are short. Were only the slowed ones long, to last would be to be slow.
    """
    part = part_of(take, random, len(take.strand)) if take.role.kind in _STEADY else None
    if part is None:
        return None
    made = _in_sequence([part] * (1 + -(-frames // (part.leave[0] - part.enter[1]))))
    return made[0].frames(0, frames) if made else None


def _in_sequence(parts: Sequence[Part]) -> tuple[Strand, list[int]] | None:
    """The parts joined one after the other, and the frame in which each begins; None where two don't fit."""
    current, begins = parts[0], [0]
    for following in parts[1:]:
        join = best_join(current, following)
        if join is None or join.cost > _MAX_JOIN_COST_M:
            return None
        strand = joined(current.strand, following.strand, join)
        shift = join.leave - join.enter
        begins.append(join.leave + join.fade // 2)
        current = Part(strand, current.enter, (following.leave[0] + shift, following.leave[1] + shift))
    if parts[-1].leave[1] < len(parts[-1].strand):
        return current.strand.frames(0, len(current.strand) - 8), begins
    return current.strand, begins


def _finished(strand: Strand) -> NDArray[np.float32]:
    """Features (N, 272) with standing feet held in place."""
    return ms272.encode(lock_feet(strand.motion())).astype(np.float32)
