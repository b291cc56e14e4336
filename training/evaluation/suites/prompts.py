"""The prompts of obedience.

`SEEN` ones are worded as captions are, `UNSEEN` ones as no caption is. `COMPOSED` ones ask for two things at once or
one after the other, no two of which any clip of motion capture shows. The unseen and composed ones here are those that
a model is developed with; those of the test split lie in `held_out_prompts`.
"""

from __future__ import annotations

from training.data.clip import Split
from training.evaluation.suites import held_out_prompts
from training.evaluation.suites.orders import Order, orders

WAVES, RAISES = "waves the {side} hand, not the {other} one", "raises the {side} hand, not the {other} one"
_WAVES_OTHER = "waves the {other} hand, not the {side} one"
_RAISES_OTHER = "raises the {other} hand, not the {side} one"

SEEN = orders("seen", (
    ("a person walks forward", 4.0, ("moves forward", "walks")),
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

UNSEEN = orders("unseen", (
    ("the guy strides onward at an ordinary pace", 4.0, ("moves forward", "walks")),
    ("she retreats with a few steps back", 4.0, ("moves backward", "walks")),
    ("someone strolls ahead and then makes a turn towards the {side}", 4.0, ("turns {side}", "walks")),
    ("he is heading straight, then bends off {side} around the bend", 5.0, ("turns {side}", "walks")),
    ("the child is jogging along the street", 3.0, ("moves forward", "runs")),
    ("the athlete bolts off at top speed", 2.0, ("moves forward", "runs", "runs fast")),
    ("an aged granny shuffles along", 4.0, ("walks", "walks as the old do")),
    ("a lively fellow marches ahead", 4.0, ("walks", "walks as the active do")),
    ("the pedestrian ambles along at a leisurely speed", 4.0, ("walks slowly",)),
    ("a commuter hurries along on foot at a brisk pace", 4.0, ("walks quickly",)),
    ("the guy greets his neighbor, waving with his {side} arm", 4.0, (WAVES, "waves", "stays in place")),
    ("a pupil puts up the {side} hand to ask a question", 3.0, (RAISES, "raises a hand", "stays in place")),
    ("a fan throws two arms up to cheer", 3.0, ("raises both hands", "stays in place")),
    ("the butler bends at the waist to greet a guest", 3.0, ("bows", "stays in place")),
))  # fmt: skip

COMPOSED = orders("composed", (
    ("a person walks forward while waving the {side} hand", 5.0, ("moves forward", WAVES)),
    ("a person walks with the {side} hand raised", 5.0, ("moves forward", RAISES)),
    ("a woman walks backward while waving the {side} hand", 5.0, ("moves backward", WAVES)),
    ("someone walks backward with the {side} arm up", 5.0, ("moves backward", RAISES)),
    ("a man runs forward while raising the {side} hand", 4.0, ("moves forward", "runs", RAISES)),
    ("a person jogs and waves the {side} arm at the same time", 4.0, ("runs", WAVES)),
    ("an old man walks slowly, waving the {side} hand", 5.0, ("walks as the old do", "moves forward", WAVES)),
    ("a person walks and turns {side} while waving both hands", 5.0, ("turns {side}", "waves both hands")),
    ("a person walks in a curve to the {side} with both arms raised", 5.0, ("turns {side}", "raises both hands")),
    ("a person walks sideways to the {side} while waving the {other} hand", 5.0, ("moves to the {side}", _WAVES_OTHER)),
    ("a tired person walks forward and lifts the {side} arm while walking", 5.0, ("moves forward", RAISES)),
    ("an active woman walks quickly while waving the {side} hand", 5.0, ("walks quickly", WAVES)),
    ("a person walks forward while waving both hands", 5.0, ("moves forward", "waves both hands")),
    ("a man runs with both arms raised", 4.0, ("runs", "raises both hands")),
    ("a person walks backward while raising both hands", 5.0, ("moves backward", "raises both hands")),
    ("a man bows, then walks forward", 6.0, ("bows",), ("moves forward", "walks")),
    ("a person bows, then waves the {side} hand", 6.0, ("bows",), (WAVES,)),
    ("an old man bows, then walks and turns {side}", 7.0, ("bows",), ("turns {side}",)),
    ("a person waves the {side} hand, then walks forward", 7.0, (WAVES,), ("moves forward",)),
    ("a person walks forward, stops and waves the {side} hand", 7.0, ("moves forward",), (WAVES,)),
    ("someone walks backward, then turns {side} while walking", 8.0, ("moves backward",), ("turns {side}",)),
    ("a person raises the {side} hand and then bows", 6.0, (RAISES,), ("bows",)),
    ("a person walks and turns {side}, then bows", 7.0, ("turns {side}",), ("bows",)),
    ("a woman walks backward, then waves the {side} hand", 7.0, ("moves backward",), (WAVES,)),
    ("a person raises the {side} hand, then walks backward", 7.0, (RAISES,), ("moves backward",)),
    ("a person runs forward, then stops and raises the {side} hand", 7.0, ("runs",), (RAISES,)),
    ("a person waves the {side} hand, then waves the {other} hand", 7.0, (WAVES,), (_WAVES_OTHER,)),
    ("someone raises both hands, then walks and turns {side}", 7.0, ("raises both hands",), ("turns {side}",)),
    ("a person walks sideways to the {side}, then bows", 7.0, ("moves to the {side}",), ("bows",)),
    ("a man waves both hands, then walks sideways to the {side}", 7.0, ("waves both hands",), ("moves to the {side}",)),
    ("a person bows, then raises the {other} hand after a turn to the {side}", 8.0, ("bows",), (_RAISES_OTHER,)),
    ("a person walks forward, then raises both hands", 6.0, ("moves forward",), ("raises both hands",)),
    ("a person bows, then runs forward", 6.0, ("bows",), ("runs",)),
    ("a person runs, then stops and bows", 7.0, ("runs",), ("bows",)),
    ("a person waves both hands, then bows", 7.0, ("waves both hands",), ("bows",)),
    ("an elderly woman walks backward, then bows", 7.0, ("moves backward",), ("bows",)),
))  # fmt: skip

SUITE: tuple[Order, ...] = (*SEEN, *UNSEEN, *COMPOSED)
HELD_OUT_SUITE: tuple[Order, ...] = (*SEEN, *held_out_prompts.HELD_OUT)


def suite_of(split: Split) -> tuple[Order, ...]:
    """The prompts that are reported with a split, as its captions are."""
    return HELD_OUT_SUITE if split == "test" else SUITE
