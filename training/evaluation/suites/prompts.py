"""The prompts of obedience.

`SEEN` ones are worded as captions are; those that are reported with the validation split lie in `development_prompts`,
those of the test split in `held_out_prompts`.
"""

from __future__ import annotations

from training.data.clip import Split
from training.evaluation.suites import development_prompts, held_out_prompts
from training.evaluation.suites.orders import Order, orders

WAVES, RAISES = "waves the {side} hand, not the {other} one", "raises the {side} hand, not the {other} one"
_STEPS = ("walks", "keeps a foot on the ground")

SEEN = orders("seen", (
    ("a person walks forward", 4.0, ("moves forward", *_STEPS)),
    ("someone is walking", 4.0, ("moves forward", *_STEPS)),
    ("a man walks", 4.0, ("moves forward", *_STEPS)),
    ("a person walks backward", 4.0, ("moves backward", "walks")),
    ("a person walks diagonally to the {side}", 4.0, ("moves to the {side}", "walks")),
    ("a person walks and turns {side}", 4.0, ("turns {side}", "moves forward", "walks")),
    ("a person runs forward", 3.0, ("moves forward", "runs")),
    ("a man sprints ahead", 2.0, ("moves forward", "runs", "runs fast")),
    ("an old man walks", 4.0, ("walks", "walks as the old do")),
    ("an active person walks", 4.0, ("walks", "walks as the active do")),
    ("an elderly woman is running", 3.0, ("runs", "runs as the old do")),
    ("an energetic man runs forward", 3.0, ("runs", "runs as the active do")),
    ("a person walks slowly", 4.0, ("walks slowly",)),
    ("a person walks quickly", 4.0, ("walks quickly",)),
    ("a person waves the {side} hand", 4.0, (WAVES, "waves", "stays in place")),
    ("a woman raises her {side} hand", 3.0, (RAISES, "raises a hand", "stays in place")),
    ("a person waves both hands", 4.0, ("waves both hands", "waves", "stays in place")),
    ("someone raises both arms", 3.0, ("raises both hands", "stays in place")),
    ("a person bows politely", 3.0, ("bows", "stays in place")),
))  # fmt: skip

SUITE: tuple[Order, ...] = (*SEEN, *development_prompts.UNSEEN, *development_prompts.COMPOSED)
HELD_OUT_SUITE: tuple[Order, ...] = (*SEEN, *held_out_prompts.HELD_OUT)


def suite_of(split: Split) -> tuple[Order, ...]:
    """The prompts that are reported with a split, as its captions are."""
    return HELD_OUT_SUITE if split == "test" else SUITE
