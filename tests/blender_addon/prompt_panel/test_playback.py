"""The clock: it runs, holds, jumps, and plays stretches only."""

import pytest

from blender_addon.prompt_panel.playback import Playback, _within


@pytest.mark.parametrize(
    ("seconds", "shown"), [(0.0, 1.0), (1.2, 1.2), (1.5, 3.0), (2.9, 3.0), (3.4, 3.4), (4.0, 1.0), (9.0, 1.0)]
)
def test_only_the_spans_are_played_in_turn(seconds, shown):
    assert _within(seconds, ((1.0, 1.5), (3.0, 4.0))) == shown


def test_it_runs_and_holds(qtbot):
    clock = Playback()
    clock.start()
    qtbot.waitUntil(lambda: clock.seconds > 0.05, timeout=5000)
    clock.set_playing(False)
    held = clock.seconds
    with qtbot.waitSignals([clock.ticked] * 3, timeout=5000):
        pass
    assert clock.seconds == held
    clock.stop()


def test_choosing_a_moment_tells_others_and_following_does_not(qtbot):
    clock = Playback()
    with qtbot.waitSignal(clock.moved, timeout=1000) as moved:
        clock.seek(1.25)
    assert moved.args == [1.25]
    with qtbot.assertNotEmitted(clock.moved), qtbot.waitSignal(clock.ticked, timeout=1000):
        clock.follow(0.5)
    clock.follow(-3.0)
    assert clock.seconds == 0.0


def test_playing_spans_begins_with_the_first(qtbot):
    clock = Playback()
    clock.set_playing(False)
    clock.play_spans(((2.0, 2.5),))
    assert (clock.seconds, clock.playing) == (2.0, True)
