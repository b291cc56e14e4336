"""Captions of composites, out of the phrases of their parts: one subject, one style, several verbs."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from training.data.captions import PLAIN_SUBJECTS, actions, described, is_style, told

STAND = ("stand still", "stand", "stand in place", "stand around", "wait", "stand idle", "remain standing")
STOP = ("stop", "come to a stop", "stop and stand still", "stand still", "stop moving", "come to a halt")

_NUMBERS = dict(enumerate(["one", "two", "three", "four", "five", "six", "seven", "eight", "nine"], start=1))
_SLOWLY = ("slowly", "at a slow pace", "very slowly", "without hurry")
_QUICKLY = ("quickly", "fast", "in a hurry", "at a quick pace")

_IN_A_ROW = (
    "{subject} {first}, then {second}", "{subject} {first} and then {second}", "{subject} {first}, and then {second}",
    "{subject} {first} and {second}", "{subject} {first} before {seconding}", "after {firsting}, {subject} {second}",
    "{subject} first {first}, then {second}", "{subject} {first}. then {pronoun} {second_of_pronoun}",
    "before {seconding}, {subject} {first}", "{subject} {second} after {firsting}",
)  # fmt: skip
_STOPPING = (
    "{subject} {first}, stops and {second}", "{subject} {first}, stops, then {second}",
    "{subject} {first}, then stops and {second}", "{subject} {first}, comes to a stop and {second}",
    "{subject} {first} and stops, then {second}",
)  # fmt: skip
_THREE_IN_A_ROW = (
    "{subject} {first}, then {second}, then {third}", "{subject} {first}, then {second} and then {third}",
    "{subject} {first}, {second} and then {third}", "{subject} {first}, {second} and {third}",
    "{subject} first {first}, then {second}, and finally {third}", "{subject} {first}, then {second} before {thirding}",
    "after {firsting}, {subject} {second} and then {third}", "{subject} {first} and {second}, then {third}",
    "{subject} {first}, and after {seconding} {third}", "before {thirding}, {subject} {first}, then {second}",
)  # fmt: skip
_AT_ONCE = (
    "{subject} {first} while {seconding}", "{subject} {second} while {firsting}", "{subject} {first}, {seconding}",
    "while {firsting}, {subject} {second}", "{subject} {first} and {second} at the same time",
    "{subject} is {firsting} while {seconding}", "{subject} {first} as {pronoun} {second_of_pronoun}",
)  # fmt: skip


def subject_of(style: str, random: Random) -> str:
    """Someone in this style ("a tired person"); anyone for the normal one and for styles without words."""
    return random.choice((described(style) if is_style(style) else None) or PLAIN_SUBJECTS)


def manner_of(style: str) -> str:
    """What is put after a sentence for a style that the tables have no words for: " in a zombie way"."""
    return "" if is_style(style) else f" in a {style.replace('-', ' ')} way"


def action_of(content: str, style: str, random: Random, simple: bool = False) -> str:
    """A base-form phrase for labels; see `action_among`."""
    return action_among(actions(content, style), random, simple)


def action_among(actions: Sequence[str], random: Random, simple: bool = False) -> str:
    """One of some base-form phrases. simple: with one verb only, so that it can stand beside another."""
    if simple:
        words_of_two = (" and ", " then ", " while ", ",", "stand ")
        actions = [phrase for phrase in actions if not any(word in phrase for word in words_of_two)] or actions
    return random.choice(actions)


def duration_of(seconds: float, random: Random) -> str:
    """How long something steady is done: " for about two seconds"; nothing under a second and over nine."""
    number = _NUMBERS.get(round(seconds))
    if number is None:
        return ""
    return f" for {random.choice(('', 'about ', 'around '))}{number} {'second' if number == 'one' else 'seconds'}"


def pace_of(tempo: float, random: Random) -> str:
    """How fast: " slowly" under a tempo of 0.87, " quickly" over 1.15, nothing between."""
    words = _SLOWLY if tempo < 0.87 else _QUICKLY if tempo > 1.15 else ("",)
    word = random.choice(words)
    return f" {word}" if word else ""


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


def _in_plural(action: str) -> str:
    """A base-form action as they do it."""
    return action.replace("{the}", "their").replace("{their}", "their")


def _filled(shape: str, subject: str, first: str, second: str, third: str = "") -> str:
    noun = subject.rsplit(" ", maxsplit=1)[-1]
    pronoun = {"man": "he", "guy": "he", "woman": "she", "lady": "she", "girl": "she"}.get(noun, "they")
    form_of_pronoun = _in_plural(second) if pronoun == "they" else told(subject, second, 0)
    return shape.format(
        subject=subject,
        pronoun=pronoun,
        first=told(subject, first, 0),
        second=told(subject, second, 0),
        firsting=told(subject, first, 1),
        seconding=told(subject, second, 1),
        second_of_pronoun=form_of_pronoun,
        third=told(subject, third, 0) if third else "",
        thirding=told(subject, third, 1) if third else "",
    )
