"""Color is never the only sign: whatever the window tells apart, it does so in shades of gray, too."""

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtWidgets import QToolButton

from blender_addon.prompt_panel import theme
from blender_addon.prompt_panel.blender_link.bar import Bar
from blender_addon.prompt_panel.blender_link.protocol import Scene
from blender_addon.prompt_panel.controls import EnginePart
from blender_addon.prompt_panel.engine_client import Condition, EngineState
from blender_addon.prompt_panel.motion_files import MotionFiles
from blender_addon.prompt_panel.project import Block
from blender_addon.prompt_panel.take_card import TakeCard
from blender_addon.prompt_panel.timeline.block import BlockWidget
from tests.blender_addon.prompt_panel.seen import seen_in_gray

CLEARLY = 45.0
"""Shades of 256."""
FEW_PIXELS = 6


def told_apart(widget, *states):
    """Whether every two states of a widget differ clearly in a few pixels at least."""
    pictures = []
    for show in states:
        show()
        pictures.append(seen_in_gray(widget))
    pairs = [(a, b) for place, a in enumerate(pictures) for b in pictures[:place]]
    return all((np.abs(a - b) > CLEARLY).sum() >= FEW_PIXELS for a, b in pairs)


@pytest.fixture
def shown(qtbot):
    def show(widget, width, height):
        qtbot.addWidget(widget)
        widget.resize(width, height)
        widget.show()
        qtbot.waitExposed(widget)
        return widget

    return show


def test_the_measure_does_not_see_colors(shown):
    button = shown(QToolButton(), 40, 24)
    red, green = "background: #b04040", "background: #256e25"
    assert not told_apart(button, lambda: button.setStyleSheet(red), lambda: button.setStyleSheet(green))


def test_the_engines_states(shown):
    part = shown(EnginePart(), 220, 120)
    assert told_apart(part, *(lambda each=each: part.show_state(EngineState(each, "It is so")) for each in Condition))


def test_whether_a_motion_fits_the_character(shown):
    bar = shown(Bar(with_blender=True), 900, 34)
    ready = Scene("Hero", "ready", "Rigify", 24.0, 1.0, 1, 250)
    scenes = [ready, replace(ready, map_state="refused"), replace(ready, map_state="looking")]
    assert told_apart(bar.lamp, *(lambda each=each: bar.show_scene(each, True) for each in scenes))


def test_switches_that_are_on(shown, window):
    for button in (window.viewer.along, window.viewer._follow, window.column.controls.seed.pin):
        button.show()
        states = [lambda on=on, button=button: button.setChecked(on) for on in (False, True)]
        assert told_apart(button, *states), button.accessibleName()


def test_takes_that_are_shown_compared_and_starred(shown, make_take, tmp_path):
    take, made = make_take()
    card = shown(TakeCard(take, MotionFiles(tmp_path / "takes")), 150, 180)
    card.show_figure(made.figure)
    roles = [("", False), ("A", False), ("A", True), ("B", True)]
    assert told_apart(card, *(lambda role=role: card.show_role(*role) for role in roles))
    assert told_apart(card, *(lambda on=on: card.show_take(replace(take, starred=on)) for on in (False, True)))


def test_blocks_that_are_chosen_and_that_keep_something(shown):
    block, free = shown(BlockWidget(None), 160, 44), Block("a person walks", 2.0)
    kept = replace(free, locks=("head",))

    def states(of, chosen):
        return lambda: block.show_block(of, 0, "1 – 48", "48 frames", chosen)

    assert told_apart(block, states(free, False), states(free, True), states(kept, False))


def test_left_and_right_limbs():
    gray = [
        0.299 * each.red() + 0.587 * each.green() + 0.114 * each.blue() for each in (theme.BODY_LEFT, theme.BODY_RIGHT)
    ]
    assert gray[0] - gray[1] > CLEARLY
