"""Cards: what they show, what their keys and mouse do, and how they lie."""

from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication

from blender_addon.prompt_panel.camera import Camera
from blender_addon.prompt_panel.exporting import TAKE_TYPE, drag_data, file_name
from blender_addon.prompt_panel.motion_files import MotionFiles
from blender_addon.prompt_panel.playback import Playback
from blender_addon.prompt_panel.project import Project, Settings
from blender_addon.prompt_panel.small_stage import SMALL_CAMERA
from blender_addon.prompt_panel.takes_view import TakesView

KEY = Qt.Key
LATER = "2026-01-02T00:00:00.000+00:00"


@pytest.fixture
def takes(make_take):
    return [make_take("a1"), make_take("a2", arm_turns=0.1), make_take("b1", created=LATER, frames=60)]


@pytest.fixture
def view(qtbot, tmp_path, takes):
    shown = TakesView(Playback(), MotionFiles(tmp_path / "takes"))
    shown.wanted = []
    shown.figure_wanted.connect(shown.wanted.append)
    qtbot.addWidget(shown)
    shown.resize(330, 600)
    shown.show_project(Project(takes=tuple(take for take, _ in takes)))
    for take, made in takes:
        shown.show_figure(take.motion_id, made.figure)
    shown.show()
    qtbot.waitExposed(shown)
    shown.activateWindow()
    return shown


def order(view):
    """Motion ids by place: row by row."""
    cards = sorted(view.cards.values(), key=lambda card: (card.y(), card.x()))
    return [card.take.motion_id for card in cards if card.isVisible()]


def test_the_newest_batch_comes_first_and_each_batch_as_it_was_made(view):
    assert order(view) == ["b1", "a1", "a2"]


def test_every_new_card_asks_for_its_motion_once(view, takes):
    assert view.wanted == ["a1", "a2", "b1"]
    view.show_project(Project(takes=tuple(take for take, _ in takes)))
    assert len(view.wanted) == 3


def test_cards_fill_the_width_in_as_many_columns_as_fit(qtbot, view):
    assert len({card.x() for card in view.cards.values()}) == 2
    view.resize(190, 600)
    qtbot.waitUntil(lambda: len({card.x() for card in view.cards.values()}) == 1)
    view.resize(520, 600)
    qtbot.waitUntil(lambda: len({card.x() for card in view.cards.values()}) == 3)


@pytest.mark.parametrize(
    ("key", "signal"),
    [
        (KEY.Key_Return, "show_wanted"),
        (KEY.Key_S, "star_wanted"),
        (KEY.Key_C, "compare_wanted"),
        (KEY.Key_K, "keep_wanted"),
        (KEY.Key_Delete, "delete_wanted"),
    ],
)
def test_each_key_asks_for_its_own(qtbot, view, key, signal):
    with qtbot.waitSignal(getattr(view, signal), timeout=1000) as told:
        qtbot.keyClick(view.cards["a2"], key)
    assert told.args == ["a2"]


def test_arrow_keys_go_from_card_to_card(qtbot, view):
    view.cards["b1"].setFocus()
    walked = []
    for key in (KEY.Key_Right, KEY.Key_Left, KEY.Key_Down, KEY.Key_Down):
        qtbot.keyClick(view.focusWidget(), key)
        walked.append(view.focusWidget().take.motion_id)
    assert walked == ["a1", "b1", "a2", "a2"]


def test_a_click_shows_and_a_click_with_ctrl_compares(qtbot, view):
    card, left = view.cards["a1"], Qt.MouseButton.LeftButton
    with qtbot.waitSignal(view.show_wanted, timeout=1000):
        qtbot.mouseClick(card, left, pos=QPoint(60, 60))
    with qtbot.waitSignal(view.compare_wanted, timeout=1000):
        qtbot.mouseClick(card, left, Qt.KeyboardModifier.ControlModifier, QPoint(60, 60))


def test_the_menu_has_everything_and_baking_only_with_a_rig(view):
    def texts():
        return [action.text().partition("\t")[0] for action in view.cards["a1"].menu().actions() if action.text()]

    plain = texts()
    view.set_rig("Anna")
    assert set(texts()) - set(plain) == {"Bake onto Anna", "Preview on Anna"}
    assert {"Show", "Star", "Delete", "Export BVH …", "Export npz …"} <= set(plain)


def test_the_clock_moves_every_card_that_is_seen(view):
    view._playback.follow(0.1)
    before = {motion_id: card.grab().toImage() for motion_id, card in view.cards.items()}
    view._playback.follow(0.4)
    changed = [motion_id for motion_id, card in view.cards.items() if card.grab().toImage() != before[motion_id]]
    assert sorted(changed) == ["a1", "a2", "b1"]


def test_a_clock_that_holds_has_nothing_painted_anew(view):
    view._playback.follow(0.4)
    held = {motion_id: card._picture for motion_id, card in view.cards.items()}
    view._playback.follow(0.4)
    assert all(card._picture is held[motion_id] for motion_id, card in view.cards.items())


def test_all_takes_are_seen_from_the_side_of_the_large_view(qtbot, view):
    view._playback.follow(0.4)
    before = {motion_id: card.grab().toImage() for motion_id, card in view.cards.items()}
    view.look_from(Camera(azimuth_rad=2.5, elevation_rad=0.6, distance_m=30.0))
    assert (view._camera.azimuth_rad, view._camera.elevation_rad) == (2.5, 0.6)
    assert view._camera.distance_m == SMALL_CAMERA.distance_m, "how near stays"
    assert all(card.grab().toImage() != before[motion_id] for motion_id, card in view.cards.items())


def test_takes_are_zoomed_with_wheel_and_keys_within_bounds(qtbot, view):
    place = QPointF(60, 60)
    wheel = QWheelEvent(
        *(place, view.mapToGlobal(place), QPoint(), QPoint(0, 120)),
        *(Qt.MouseButton.NoButton, Qt.KeyboardModifier.ControlModifier, Qt.ScrollPhase.NoScrollPhase, False),
    )
    QApplication.sendEvent(view.cards["b1"], wheel)
    nearer = view._camera.distance_m
    assert nearer < SMALL_CAMERA.distance_m
    qtbot.keyClick(view.cards["b1"], KEY.Key_Minus)
    assert view._camera.distance_m == pytest.approx(nearer / 0.9)
    for _ in range(40):
        qtbot.keyClick(view.cards["b1"], KEY.Key_Plus)
    assert view._camera.distance_m == 2.0


def test_roles_and_stars_are_seen_and_told(view, takes):
    view.show_roles(["a1", "b1"])
    assert view.cards["a1"].accessibleName().endswith("shown")
    assert view.cards["b1"].accessibleName().endswith("compared")
    plain = view.cards["a2"].grab().toImage()
    starred = tuple(replace(take, starred=take.motion_id == "a2") for take, _ in takes)
    view.show_project(Project(takes=starred))
    assert "starred" in view.cards["a2"].accessibleName()
    assert view.cards["a2"].grab().toImage() != plain


def test_only_starred_takes_on_demand(qtbot, view, takes):
    starred = tuple(replace(take, starred=take.motion_id == "a2") for take, _ in takes)
    view.show_project(Project(takes=starred))
    view._starred_only.click()
    assert order(view) == ["a2"]
    view._starred_only.click()
    assert len(order(view)) == 3


def test_pending_cards_come_first_show_progress_and_cancel(qtbot, view):
    view.show_pending(2, "a person waves")
    view.show_progress(0.25)
    pending = view._pending
    assert [card._bar.value() for card in pending] == [250, 250]
    qtbot.waitUntil(lambda: pending[0].y() == 0 and view.cards["b1"].y() > 0)
    with qtbot.waitSignal(view.cancel_wanted, timeout=1000):
        pending[0].findChild(type(view._starred_only)).click()
    view.show_pending(0, "")
    qtbot.waitUntil(lambda: order(view) == ["b1", "a1", "a2"])


def test_a_take_without_its_motion_says_so(view, make_take):
    view.show_missing("a1", "The motion's file is gone.")
    assert view.cards["a1"].toolTip() == "The motion's file is gone."


def test_cards_of_deleted_takes_go(view, takes):
    view.show_project(Project(takes=(takes[0][0],)))
    assert list(view.cards) == ["a1"]
    assert order(view) == ["a1"]


def test_dragging_carries_the_id_and_the_best_file(tmp_path, make_take):
    take, _ = make_take("c1")
    files = MotionFiles(tmp_path / "takes")
    data = drag_data(take, npz_rather=False, motions=files)
    assert bytes(data.data(TAKE_TYPE).data()) == b"c1"
    assert data.urls()[0].toLocalFile().endswith("a-person-walks-5.npz")
    files.write("c1", b"HIERARCHY", ".bvh")
    kinds = [drag_data(take, npz_rather=rather, motions=files).urls()[0].toLocalFile()[-4:] for rather in (False, True)]
    assert kinds == [".bvh", ".npz"]


def test_a_file_is_named_by_words_and_seed(make_take):
    take, _ = make_take()
    assert file_name(replace(take, prompts=("Ein Mädchen / winkt?", "then bows"))) == "ein-m-dchen-winkt-then-bows-5"
    assert file_name(replace(take, prompts=("…",))) == "motion-5"


def test_a_card_says_how_it_was_made(view, takes):
    settings = Settings("best", guidance=4.0, loop=True, cleanup=False)
    view.show_project(Project(takes=(replace(takes[0][0], settings=settings),)))
    assert "1.0 s · best · guidance 4 · loop · raw feet" in view.cards["a1"].toolTip()
