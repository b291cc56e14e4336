"""Every control changes the settings that it is for, and shows those of others."""

import pytest
from PySide6.QtCore import Qt

from blender_addon.engine_link.answers import Info, Model
from blender_addon.prompt_panel.controls import Controls, EnginePart, request_options
from blender_addon.prompt_panel.engine_client import Condition, EngineState
from blender_addon.prompt_panel.project import LARGEST_SEED, Settings

PRESETS = {"quick": {"guidance": 2.5}, "standard": {"guidance": 3.0}}
INFO = Info(
    *("tiny", "1.0", "CC-BY-NC-4.0", ("By somebody",), "cpu", 30.0, 20.0, 4.0, PRESETS, (), {}, "", {}, "0.1.0", 123.4)
)


@pytest.fixture
def controls(qtbot):
    shown = Controls()
    qtbot.addWidget(shown)
    shown.show()
    return shown


@pytest.mark.parametrize(
    ("touch", "expected"),
    [
        (lambda c: c.loop.click(), {"loop": True}),
        (lambda c: c.in_place.click(), {"in_place": True}),
        (lambda c: c.cleanup.click(), {"cleanup": False}),
        (lambda c: c.automatic.click(), {"automatic_length": False}),
        (lambda c: c.seconds.setValue(7.5), {"seconds": 7.5}),
        (lambda c: c.variations.setValue(9), {"variations": 9}),
        (lambda c: c.preset.setCurrentIndex(0), {"preset": "draft"}),
        (lambda c: c.guidance.setValue(6.0), {"guidance": 6.0}),
    ],
)
def test_a_touch_changes_one_setting(qtbot, controls, touch, expected):
    with qtbot.waitSignal(controls.changed, timeout=1000) as told:
        touch(controls)
    plain = Settings()
    changed = {name: value for name, value in vars(told.args[0]).items() if value != getattr(plain, name)}
    assert changed == expected


def test_showing_settings_tells_nobody_and_gives_them_back(qtbot, controls):
    settings = Settings("standard", 4.5, 77, 3, True, True, False, False, 9.0)
    with qtbot.assertNotEmitted(controls.changed):
        controls.show_settings(settings)
    with qtbot.waitSignal(controls.changed, timeout=1000) as told:
        controls.loop.click()
    assert vars(told.args[0]) == {**vars(settings), "loop": False}


def test_guidance_at_its_lowest_is_left_to_the_preset(qtbot, controls):
    controls.show_settings(Settings(guidance=0.0))
    with qtbot.waitSignal(controls.changed, timeout=1000) as told:
        qtbot.keyClick(controls.guidance, Qt.Key.Key_Down)
    assert told.args[0].guidance is None
    assert controls.guidance.text() == "Automatic"


def test_a_seed_is_typed_pinned_rolled_and_let_go(qtbot, controls):
    qtbot.keyClicks(controls.seed.field, "12x34")
    qtbot.keyClick(controls.seed.field, Qt.Key.Key_Return)
    assert controls.seed.seed == 1234
    assert controls.seed.pin.isChecked()
    controls.seed.pin.click()
    assert (controls.seed.seed, controls.seed.field.text()) == (None, "")
    controls.seed.remember(99)
    controls.seed.pin.click()
    assert controls.seed.seed == 99
    controls.seed.roll.click()
    assert controls.seed.seed not in (None, 99)


def test_a_seed_that_is_too_large_becomes_the_largest(qtbot, controls):
    qtbot.keyClicks(controls.seed.field, "9" * 20)
    qtbot.keyClick(controls.seed.field, Qt.Key.Key_Return)
    assert controls.seed.seed == LARGEST_SEED


def test_the_presets_are_the_models_and_a_strange_one_stays(controls):
    controls.show_settings(Settings(preset="custom"))
    controls.show_info(INFO)
    assert [controls.preset.itemData(row) for row in range(controls.preset.count())] == ["quick", "standard", "custom"]
    assert controls.preset.currentData() == "custom"
    controls.show_settings(Settings(preset="standard"))
    controls.show_info(INFO)
    assert "Automatic is 3 here" in controls.guidance.toolTip()
    assert controls.seconds.maximum() == 20.0


def test_settings_become_a_request():
    assert request_options(Settings(seed=3, variations=2, cleanup=False)) == {
        "variations": 2,
        "seed": 3,
        "guidance": None,
        "preset": "standard",
        "cleanup": False,
    }


def test_the_engine_part_shows_model_license_provider_and_memory(qtbot):
    part = EnginePart()
    qtbot.addWidget(part)
    part.show()
    models = (Model("tiny", "1.0", "CC-BY-NC-4.0", True), Model("other", "2.0", "", False))
    part.show_state(EngineState(Condition.READY, "Ready on CPU", INFO, models))
    assert part.models.currentText() == "tiny 1.0"
    assert part.license.text() == "CC-BY-NC-4.0"
    assert "By somebody" in part.license.toolTip()
    assert "Ready on CPU" in part.condition.text()
    assert part.memory.text().startswith("123 MB")
    assert not part.again.isVisible()
    with qtbot.waitSignal(part.model_chosen, timeout=1000) as chosen:
        part.models.activated.emit(1)
    assert chosen.args == ["other"]


def test_an_engine_that_is_gone_offers_to_start_again(qtbot):
    part = EnginePart()
    qtbot.addWidget(part)
    part.show()
    part.show_state(EngineState(Condition.GONE, "The engine <ended>"))
    assert part.again.isVisible()
    assert "&lt;ended>" in part.condition.text()
    with qtbot.waitSignal(part.restart, timeout=1000):
        part.again.click()
