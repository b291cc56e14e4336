"""Captions of composites, out of the phrases of their parts: one subject, one style, several verbs."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from training.data.captions import actions, described, drawn, is_style, pronoun_of, told
from training.data.spoken import Wording, lines, wordings
from training.data.styles import TOLD_BY_PACE, anyone
from training.data.wordings import QUICK_ACTIONS, QUICK_FREE, SLOW_ACTIONS, SLOW_FREE

STAND = (
    "stand still", "stand", "stand in place", "stand around", "wait", "stand idle", "remain standing", "stay in place",
    "stand on the spot", "stay put", "stand there", "stand motionless", "stand without moving", "wait in place",
    "stay standing", "go on standing", "stand quietly", "wait around", "linger", "stand by", "hold still",
    "remain in place", "remain still", "idle", "idle in place", "stand and wait", "wait for something",
    "do nothing but stand", "stand at rest",
)  # fmt: skip
STOP = (
    "stop", "come to a stop", "stop and stand still", "stand still", "stop moving", "come to a halt", "halt",
    "stop in place", "stop there", "come to a standstill", "come to rest", "draw to a halt", "grind to a halt",
    "stop and wait", "stop for a while", "stop for a moment", "make a stop", "pause", "pause for a moment",
    "halt for a moment", "cease moving", "freeze", "hold still",
)  # fmt: skip

_SLOW, _QUICK = 0.87, 1.15
_NUMBERS = dict(enumerate(["one", "two", "three", "four", "five", "six", "seven", "eight", "nine"], start=1))
_SLOWLY = (
    "slowly", "at a slow pace", "very slowly", "without hurry", "unhurriedly", "at a slow speed", "in slow motion",
    "without any rush", "in no hurry", "leisurely", "at a leisurely pace", "at a low speed", "in a slow manner",
    "rather slowly", "quite slowly", "at an unhurried pace", *lines("slow.manners"),
)  # fmt: skip
_QUICKLY = (
    "quickly", "fast", "in a hurry", "at a quick pace", "rapidly", "swiftly", "hurriedly", "speedily", "at a fast pace",
    "very quickly", "at high speed", "at a rapid pace", "in a rush", "hastily", "in haste", "in a quick manner",
    *lines("quick.manners"),
)  # fmt: skip

_IN_A_ROW = (
    "{subject} {first}, then {second}", "{subject} {first} and then {second}", "{subject} {first}, and then {second}",
    "{subject} {first} and {second}", "{subject} {first} before {seconding}", "after {firsting}, {subject} {second}",
    "{subject} first {first}, then {second}", "{subject} {first}. then {pronoun} {second_of_pronoun}",
    "before {seconding}, {subject} {first}", "{subject} {second} after {firsting}",
    "{subject} {first}. after that {pronoun} {second_of_pronoun}",
    "{subject} {first}. next {pronoun} {second_of_pronoun}",
    "{subject} {first}. afterwards {pronoun} {second_of_pronoun}", "{subject} {first} and afterwards {second}",
    "{subject} {first} and, after that, {second}", "{subject} {first}, followed by {seconding}",
    "{subject} starts by {firsting}, then {second}", "{subject} begins by {firsting} and then {second}",
    "{subject} {first} and goes on to {to_second}", "{subject} {first} before going on to {to_second}",
    "having finished {firsting}, {subject} {second}", "{subject} finishes {firsting}, then {second}",
    "when done {firsting}, {subject} {second}", "{subject} is {firsting}, then {second}",
    "first {subject} {first}, then {pronoun} {second_of_pronoun}", "{subject} {first} first, then {second}",
    "{subject} {second} just after {firsting}", "{subject} {second} as soon as {pronoun} {finish} {firsting}",
    "{subject} switches from {firsting} to {seconding}", "{subject} goes from {firsting} to {seconding}",
    "{subject} transitions from {firsting} to {seconding}", "a clip of {subject} {firsting} and then {seconding}",
    "{subject} can be seen {firsting}, then {seconding}", "{subject} {first} and finally {second}",
    "{subject} {first} and ends by {seconding}", "{subject} {first}, subsequently {seconding}",
    "prior to {seconding}, {subject} {first}", "once {pronoun} {have} finished {firsting}, {subject} {second}",
)  # fmt: skip
_STOPPING = (
    "{subject} {first}, stops and {second}", "{subject} {first}, stops, then {second}",
    "{subject} {first}, then stops and {second}", "{subject} {first}, comes to a stop and {second}",
    "{subject} {first} and stops, then {second}", "{subject} {first}, halts and {second}",
    "{subject} {first}, pauses and {second}", "{subject} {first}, pauses, then {second}",
    "{subject} {first}, comes to a halt and {second}", "{subject} {first} and comes to a stop before {seconding}",
    "{subject} stops {firsting} and {second}", "{subject} stops {firsting} to {to_second}",
    "{subject} {first}, then stops to {to_second}", "{subject} {first}, stands still and {second}",
    "{subject} {first}, draws to a halt, then {second}", "{subject} {first}, stops for a moment and {second}",
    "after {firsting} and stopping, {subject} {second}", "having stopped {firsting}, {subject} {second}",
)  # fmt: skip
_THREE_IN_A_ROW = (
    "{subject} {first}, then {second}, then {third}", "{subject} {first}, then {second} and then {third}",
    "{subject} {first}, {second} and then {third}", "{subject} {first}, {second} and {third}",
    "{subject} first {first}, then {second}, and finally {third}", "{subject} {first}, then {second} before {thirding}",
    "after {firsting}, {subject} {second} and then {third}", "{subject} {first} and {second}, then {third}",
    "{subject} {first}, and after {seconding} {third}", "before {thirding}, {subject} {first}, then {second}",
    "{subject} {first}, {second}, {third}", "{subject} {first}, then {second}, and at last {third}",
    "{subject} {first}, {second} and finally {third}", "{subject} {first} and then {second} before {thirding}",
    "{subject} starts by {firsting}, then {second} and finally {third}",
    "{subject} begins by {firsting}, goes on to {to_second} and ends by {thirding}",
    "{subject} {first}. then {pronoun} {second_of_pronoun}. finally {pronoun} {third_of_pronoun}",
    "{subject} {first}. after that {pronoun} {second_of_pronoun} and then {third_of_pronoun}",
    "{subject} {first}. next {pronoun} {second_of_pronoun}, then {third_of_pronoun}",
    "first {subject} {first}, then {pronoun} {second_of_pronoun}, and last {pronoun} {third_of_pronoun}",
    "{subject} {first}, followed by {seconding} and then {thirding}",
    "{subject} {third} after {firsting} and then {seconding}",
    "having finished {firsting}, {subject} {second}, then {third}",
    "{subject} {first}, afterwards {second} and then {third}",
    "{subject} goes from {firsting} to {seconding}, then {third}",
    "{subject} {first}, {second}, and ends by {thirding}",
    "a clip of {subject} {firsting}, then {seconding} and finally {thirding}",
    "{subject} can be seen {firsting}, then {seconding}, then {thirding}",
    "{subject} is {firsting}, then {second}, then {third}", "prior to {thirding}, {subject} {first} and then {second}",
    "{subject} {first}, {second} next, and {third} at the end",
)  # fmt: skip
_AT_ONCE = (
    "{subject} {first} while {seconding}", "{subject} {second} while {firsting}", "{subject} {first}, {seconding}",
    "while {firsting}, {subject} {second}", "{subject} {first} and {second} at the same time",
    "{subject} is {firsting} while {seconding}", "{subject} {first} as {pronoun} {second_of_pronoun}",
    "{subject} {first} and simultaneously {second}", "{subject} simultaneously {first} and {second}",
    "{subject} {first}, at the same time {seconding}", "{subject} {first}, meanwhile {seconding}",
    "{subject} {first} and meanwhile {second}", "as {subject} {first}, {pronoun} {second_of_pronoun}",
    "{subject} is {firsting} and {seconding} at once", "{subject} is {seconding} while {firsting}",
    "{subject} both {first} and {second} at once", "{subject} {second} as {pronoun} {first_of_pronoun}",
    "a clip of {subject} {firsting} while {seconding}", "{subject} can be seen {firsting} while {seconding}",
    "{subject} combines {firsting} with {seconding}", "at the same time, {subject} {first} and {second}",
    "while {seconding}, {subject} {first}", "{subject} {first}, simultaneously {seconding}",
    "{subject} is seen {seconding} while {firsting}",
)  # fmt: skip


def subject_of(style: str, random: Random) -> str:
    """Someone in this style ("a tired person"); anyone for the normal one and for styles without words."""
    telling = described(style) if is_style(style) else None
    return random.choice(telling) if telling else anyone(random)


def manner_of(style: str) -> str:
    """What is put after a sentence for a style that the tables have no words for: " in a zombie way"."""
    return "" if is_style(style) else f" in a {style.replace('-', ' ')} way"


def action_of(content: str, style: str, random: Random, simple: bool = False) -> str:
    """A base-form phrase for labels; see `action_among`."""
    return action_among(actions(content, style), random, simple)


def action_among(actions: Sequence[str], random: Random, simple: bool = False) -> str:
    """One of some base-form phrases. simple: with one verb only, so that it can stand beside another."""
    return drawn(_simple(actions) if simple else actions, random)


def _simple(actions: Sequence[str]) -> Sequence[str]:
    """Those that can stand beside another; all, where none can."""
    words_of_two = (" and ", " then ", " while ", ",", "stand ")
    return [phrase for phrase in actions if not any(word in phrase for word in words_of_two)] or actions


def paced_action(content: str, actions: Sequence[str], tempo: float, random: Random, simple: bool = False) -> str:
    """One of some base-form phrases of a content, with its pace: in half the cases one whose verb tells it.

    simple: as of `action_among`.
    """
    own = (SLOW_ACTIONS if tempo < _SLOW else QUICK_ACTIONS if tempo > _QUICK else {}).get(content)
    if own and random.random() < 0.5:
        return random.choice(_simple(own) if simple else own)
    return action_among(actions, random, simple) + pace_of(tempo, random)


def free_of_pace(content: str, style: str, tempo: float) -> tuple[Wording, ...]:
    """Whole sentences that tell a content and its pace; none for an ordinary one."""
    of_style = wordings(f"styles/{style}.{content}") if tempo < _SLOW and (content, style) in TOLD_BY_PACE else ()
    return of_style or (SLOW_FREE if tempo < _SLOW else QUICK_FREE if tempo > _QUICK else {}).get(content, ())


def duration_of(seconds: float, random: Random) -> str:
    """How long something steady is done: " for about two seconds"; nothing under a second and over nine."""
    number = _NUMBERS.get(round(seconds))
    if number is None:
        return ""
    return f" for {random.choice(('', 'about ', 'around '))}{number} {'second' if number == 'one' else 'seconds'}"


def pace_of(tempo: float, random: Random) -> str:
    """How fast: " slowly" under a tempo of 0.87, " quickly" over 1.15, nothing between."""
    words = _SLOWLY if tempo < _SLOW else _QUICKLY if tempo > _QUICK else ()
    return f" {drawn(words, random)}" if words else ""


def alone(subject: str, action: str, random: Random) -> str:
    """A sentence of one action."""
    if random.random() < 0.2:
        return f"{subject} is {told(subject, action, 1)}"
    return f"{subject} {told(subject, action, 0)}"


def in_a_row(subject: str, done: Sequence[str], stops: bool, random: Random) -> str:
    """A sentence of actions one after another. stops: the first goes over into standing, which may be said."""
    if len(done) > 2:
        return _filled(random.choice(_THREE_IN_A_ROW), subject, *done)
    shapes = _STOPPING if stops and random.random() < 0.5 else _IN_A_ROW
    return _filled(random.choice(shapes), subject, done[0], done[1])


def at_once(subject: str, first: str, second: str, random: Random) -> str:
    """A sentence of two actions at the same time."""
    return _filled(random.choice(_AT_ONCE), subject, first, second)


def at_once_as_action(first: str, second: str) -> str:
    """Two base-form actions as one, to be used in a row."""
    return f"{first} while {told('someone', second, 1)}"


def _filled(shape: str, subject: str, *done: str) -> str:
    """A shape with two or three actions in the forms that it asks for."""
    pronoun = pronoun_of(subject)
    is_plural = pronoun == "they"
    words = {"finish": "finish" if is_plural else "finishes", "have": "have" if is_plural else "has"}
    for name, action in zip(("first", "second", "third"), done, strict=False):
        third_person, doing, base = (told(subject, action, form) for form in (0, 1, 2))
        words |= {name: third_person, f"{name}ing": doing, f"to_{name}": base}
        words[f"{name}_of_pronoun"] = base if is_plural else third_person
    return shape.format(subject=subject, pronoun=pronoun, **words)
