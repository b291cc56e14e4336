"""Captions of composites, out of the phrases of their parts: one subject, one style, several verbs."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from training.data.captions import PLAIN_SUBJECTS, actions, described, told

STAND = ("stand still", "stand", "stand in place", "stand around", "wait", "stand idle", "remain standing")
STOP = ("stop", "come to a stop", "stop and stand still", "stand still", "stop moving", "come to a halt")

_SLOWLY = ("slowly", "at a slow pace", "very slowly", "without hurry")
_QUICKLY = ("quickly", "fast", "in a hurry", "at a quick pace")

_IN_A_ROW = (
    "{subject} {first}, then {second}", "{subject} {first} and then {second}", "{subject} {first}, and then {second}",
    "{subject} {first} and {second}", "{subject} {first} before {seconding}", "after {firsting}, {subject} {second}",
    "{subject} first {first}, then {second}", "{subject} {first}. then {pronoun} {second_of_pronoun}",
)  # fmt: skip
_STOPPING = (
    "{subject} {first}, stops and {second}", "{subject} {first}, stops, then {second}",
    "{subject} {first}, then stops and {second}", "{subject} {first}, comes to a stop and {second}",
    "{subject} {first} and stops, then {second}",
)  # fmt: skip
_AT_ONCE = (
    "{subject} {first} while {seconding}", "{subject} {second} while {firsting}", "{subject} {first}, {seconding}",
    "while {firsting}, {subject} {second}", "{subject} {first} and {second} at the same time",
    "{subject} is {firsting} while {seconding}", "{subject} {first} as {pronoun} {second_of_pronoun}",
)  # fmt: skip


def subject_of(style: str, random: Random) -> str:
    """Someone in this style ("a tired person"); anyone for the normal one."""
    return random.choice(described(style) or PLAIN_SUBJECTS)


def action_of(content: str, style: str, random: Random, simple: bool = False) -> str:
    """A base-form phrase for labels. simple: with one verb only, so that it can stand beside another."""
    phrases = actions(content, style)
    if simple:
        words_of_two = (" and ", " then ", " while ", ",", "stand ")
        phrases = [phrase for phrase in phrases if not any(word in phrase for word in words_of_two)] or phrases
    return random.choice(phrases)


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
        first, *middle, last = (told(subject, action, 0) for action in done)
        glue = random.choice((", and then ", " and then ", ", then ", ", and finally "))
        return f"{subject} {', '.join([first, *(f'then {step}' for step in middle)])}{glue}{last}"
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


def _filled(shape: str, subject: str, first: str, second: str) -> str:
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
    )
