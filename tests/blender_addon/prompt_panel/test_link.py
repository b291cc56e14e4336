"""The window's end of the pipes, with a Blender that says anything at all, over real pipes."""

import threading
from pathlib import Path

import pytest

from blender_addon.prompt_panel.blender_link import protocol
from blender_addon.prompt_panel.blender_link.lines import LARGEST_LINE, LineReader, LineWriter
from blender_addon.prompt_panel.blender_link.link import Link
from blender_addon.prompt_panel.blender_link.protocol import Answer, Close, Scene, SetFrame, Show
from tests.blender_addon.prompt_panel.other_side import OtherSide


@pytest.fixture
def other(qapp):
    side = OtherSide()
    yield side
    side.close()


@pytest.fixture
def link(other):
    made = Link(other.incoming, other.outgoing)
    yield made
    made.close()


def test_what_blender_says_comes_as_signals(link, other, qtbot):
    scene = Scene("Hero", "ready", "Mixamo", 30.0, 3.0, 1, 90)
    with qtbot.waitSignal(link.scene_changed) as came:
        other.say(protocol.encode(scene))
    assert came.args == [scene]
    assert link.scene == scene
    with qtbot.waitSignals([link.frame_changed, link.answered, link.shown]):
        other.say(*map(protocol.encode, (SetFrame(4.5), Answer(1, True, "Baked."), Show())))


def test_orders_are_numbered_and_arrive(link, other):
    assert link.bake(Path("a.npz"), "walk", 1) == 1
    assert link.preview(Path("a.npz"), "walk", 1) == 2
    assert link.end_preview(True) == 3
    assert link.regenerate(10, 20, None, ("head",)) == 4
    link.set_frame(2.5)
    heard = [other.hear() for _ in range(5)]
    assert [each["type"] for each in heard] == ["bake", "preview", "end_preview", "regenerate", "set_frame"]
    assert [each.get("order") for each in heard] == [1, 2, 3, 4, None]


@pytest.mark.parametrize(
    "line",
    [b"nonsense", b'{"v":1,"type":"bake"}', b'{"v":9,"type":"scene"}', b"\xff\xfe\x00", b"y" * (LARGEST_LINE * 3)],
    ids=["no JSON", "the wrong way", "newer", "no text", "too long"],
)
def test_a_bad_line_is_refused_and_the_next_one_is_heard(link, other, qtbot, line):
    with qtbot.waitSignal(link.frame_changed) as came:
        other.say(line, protocol.encode(SetFrame(7.0)))
    assert came.args == [7.0]
    refusal = other.hear()
    assert refusal["type"] == "refused"
    assert refusal["sentence"].endswith(".")


def test_an_order_that_can_not_be_said_is_told_to_the_user(link, other, qtbot):
    with qtbot.waitSignal(link.refused) as came:
        link.bake(Path("x" * 5000), "walk", 1)
    assert "longer than 4096" in came.args[0].sentence


@pytest.mark.parametrize("on_purpose", [True, False])
def test_the_end_of_blender_is_told_with_whether_it_was_meant(link, other, qtbot, on_purpose):
    with qtbot.waitSignal(link.ended) as ended:
        if on_purpose:
            other.say(protocol.encode(Close()))
        other.close()
    assert ended.args == [on_purpose]


def test_a_blender_that_does_not_read_holds_nobody_up(link, other):
    for frame in range(20_000):
        link.set_frame(float(frame))
    assert other.hear() == {"v": 1, "type": "set_frame", "frame": 0.0}
    link.close()


def test_lines_are_read_whatever_their_ends_are(other):
    seen, over, done = [], [], threading.Event()
    LineReader(other.incoming, seen.append, lambda: over.append(True), done.set)
    longest = b"z" * LARGEST_LINE
    other.to_window.write(b"a\r\n\n  \n" + longest + b"\nb" + longest + b"\nlast")
    other.close()
    assert done.wait(10)
    assert seen == [b"a", longest, b"last"]
    assert over == [True]


def test_what_waits_is_written_before_the_end(other):
    writer = LineWriter(other.outgoing)
    for number in range(100):
        assert writer.write(str(number).encode())
    writer.close(10.0)
    assert other.from_window.read().split() == [str(number).encode() for number in range(100)]
