"""Sentences that no training has seen, to ask whether an encoder knows what words of motion mean.

A group says one thing in several wordings, each with a place for a word and for its antonym.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations


@dataclass(frozen=True)
class Group:
    """antonyms: what may stand for {word}. wordings: paraphrases of one another, each with one {word}."""

    antonyms: tuple[str, str]
    wordings: tuple[str, ...]

    @property
    def name(self) -> str:
        return "/".join(self.antonyms)

    def twins(self) -> Iterator[tuple[str, str]]:
        """Each wording and its twin with the antonym."""
        for wording in self.wordings:
            first, second = (wording.format(word=word) for word in self.antonyms)
            yield first, second

    def paraphrases(self) -> Iterator[tuple[str, str]]:
        """Each two wordings, with the same word in both."""
        for word in self.antonyms:
            told = [wording.format(word=word) for wording in self.wordings]
            yield from combinations(told, 2)


_SIDES, _WAYS, _PACES, _TEMPI = ("left", "right"), ("forward", "backward"), ("quickly", "slowly"), ("fast", "slow")

GROUPS: tuple[Group, ...] = (
    Group(_SIDES, (
        "the guy greets his neighbor, waving with his {word} arm", "my uncle waves his {word} hand at the neighbor",
        "a tourist is waving to a bus with the {word} hand", "the {word} hand of a sailor waves to the people ashore",
    )),
    Group(_SIDES, (
        "a pupil puts up the {word} hand to ask a question", "the student raises the {word} hand in class",
        "in the classroom, a pupil lifts the {word} arm", "a schoolboy holds his {word} arm up during the lesson",
    )),
    Group(_SIDES, (
        "someone strolls ahead and then makes a turn towards the {word}",
            "a hiker walks on and turns off to the {word}",
        "he is heading straight, then bends off {word} around the bend",
            "a visitor walks up the hall and turns {word} there",
    )),
    Group(_SIDES, (
        "the crab man scuttles sideways to the {word}", "a goalkeeper steps sideways towards the {word} post",
        "the fencer shuffles to the {word} with side steps", "a player side-steps {word} along the court",
    )),
    Group(_SIDES, (
        "the footballer kicks the ball with his {word} foot", "a striker takes a kick with the {word} leg",
        "with the {word} foot, the boy kicks a can", "the defender boots the ball away using the {word} foot",
    )),
    Group(_WAYS, (
        "the guard walks {word} through the gate", "a waiter is stepping {word} with a tray",
        "the soldier takes five paces {word}", "a shopper moves {word} in the queue",
    )),
    Group(_WAYS, (
        "the bear keeper jogs {word} across the yard", "a referee runs {word} as the ball comes",
        "the trainee is jogging {word} on the track", "an athlete runs {word} for ten meters",
    )),
    Group(_PACES, (
        "the postman {word} walks up the road", "a clerk walks {word} down the aisle",
        "the nurse is walking {word} to the ward", "a commuter {word} strolls over the bridge",
    )),
    Group(_PACES, (
        "the fan {word} waves a hand at the players", "a bride waves {word} from the carriage",
        "the queen is waving her hand {word}", "a clown {word} waves with one arm",
    )),
    Group(_TEMPI, (
        "the porter walks along at a {word} pace", "a visitor is walking at a {word} speed",
        "the {word} walk of a caretaker through the park", "a ranger does a {word} march on foot",
    )),
    Group(("raises", "lowers"), (
        "the conductor {word} both arms", "a policeman {word} both hands at the crossing",
        "the goalkeeper {word} her two arms", "a preacher {word} both hands",
    )),
    Group(("up", "down"), (
        "the swimmer puts both arms {word}", "a voter moves both hands {word}",
        "the cashier's two hands go {word}", "a dancer brings both arms {word}",
    )),
    Group(("sits down", "stands up"), (
        "the guest {word} at the table", "a patient {word} in the waiting room",
        "the old pianist {word} beside the piano", "a passenger {word} on the train",
    )),
)  # fmt: skip


def all_wordings() -> list[str]:
    """Every sentence of the groups, sorted."""
    return sorted({sentence for group in GROUPS for pair in group.twins() for sentence in pair})
