"""What is done to blocks, in numbers; and the ruler's."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blender_addon.prompt_panel.project import LONGEST_SECONDS, MOST_BLOCKS, SHORTEST_SECONDS, Block, Project
from blender_addon.prompt_panel.timeline import edits
from blender_addon.prompt_panel.timeline.scale import Scale

FPS = 24.0


def project(*lengths):
    return Project(blocks=tuple(Block("abcdefgh"[i], seconds) for i, seconds in enumerate(lengths)))


def shape(changed):
    return [(block.text, round(block.seconds, 6)) for block in changed.blocks]


def test_blocks_begin_where_the_one_before_ends():
    blocks = project(1.0, 2.5, 0.5).blocks
    assert edits.starts(blocks) == (0.0, 1.0, 3.5, 4.0)
    assert [edits.block_at(blocks, seconds) for seconds in (0.0, 0.99, 1.0, 3.75, 4.0)] == [0, 0, 1, 2, None]


def test_a_block_is_cut_on_a_frame_and_both_parts_keep_what_it_was():
    assert shape(edits.split(project(1.0, 2.0), 2.02, FPS)) == [("a", 1.0), ("b", 1.0), ("b", 1.0)]


@pytest.mark.parametrize("seconds", [0.1, 0.9, 3.0])
def test_no_part_of_a_cut_is_too_short(seconds):
    assert edits.split(project(1.0), seconds, FPS) == project(1.0)


def test_blocks_are_put_in_moved_doubled_and_taken_out():
    three = project(1.0, 2.0, 3.0)
    assert shape(edits.insert(three, 1, "new", 0.5))[1] == ("new", 0.5)
    assert [text for text, _ in shape(edits.move(three, 0, 2))] == ["b", "c", "a"]
    assert [text for text, _ in shape(edits.move(three, 2, 0))] == ["c", "a", "b"]
    assert [text for text, _ in shape(edits.duplicate(three, 1))] == ["a", "b", "b", "c"]
    assert [text for text, _ in shape(edits.remove(three, 1))] == ["a", "c"]


def test_an_edge_moves_what_follows_and_a_rolled_one_does_not():
    assert shape(edits.resize(project(1.0, 2.0), 0, 1.26, FPS)) == [("a", 1.25), ("b", 2.0)]
    assert shape(edits.roll(project(1.0, 2.0), 0, 1.26, FPS)) == [("a", 1.25), ("b", 1.75)]
    assert shape(edits.roll(project(1.0, 2.0), 1, 3.0, FPS)) == [("a", 1.0), ("b", 3.0)]


@given(
    st.floats(0.2, 119.0), st.floats(0.2, 119.0), st.floats(-5.0, 300.0), st.sampled_from([23.976, 24.0, 30.0, 60.0])
)
def test_a_rolled_edge_never_leaves_the_bounds(first, second, wanted, fps):
    rolled = edits.roll(project(first, second), 0, wanted, fps)
    for block in rolled.blocks:
        assert SHORTEST_SECONDS <= block.seconds <= LONGEST_SECONDS


@given(st.floats(-5.0, 300.0), st.sampled_from([23.976, 24.0, 25.0, 29.97, 30.0, 60.0, 120.0]))
def test_lengths_lie_on_frames_within_the_bounds(wanted, fps):
    seconds = edits.whole_frames(wanted, fps)
    assert SHORTEST_SECONDS <= seconds <= LONGEST_SECONDS
    assert seconds * fps == pytest.approx(round(seconds * fps))


@given(st.integers(-3, 6), st.integers(-3, 6))
def test_an_index_that_is_none_changes_nothing(index, to):
    three = project(1.0, 2.0, 3.0)
    inside = 0 <= index < 3
    assert inside or all(
        change == three
        for change in (
            edits.remove(three, index),
            edits.duplicate(three, index),
            edits.move(three, index, to),
            edits.resize(three, index, 2.0, FPS),
            edits.roll(three, index, 2.0, FPS),
            edits.retext(three, index, "x"),
            edits.relock(three, index, ("head",)),
        )
    )


def test_there_are_never_more_blocks_than_the_engine_takes():
    full = project()
    for _ in range(MOST_BLOCKS + 3):
        full = edits.insert(full, 0, "x", 1.0)
    assert len(full.blocks) == MOST_BLOCKS
    assert edits.duplicate(full, 0) == full
    assert edits.split(full, 0.5, FPS) == full


def test_a_range_lies_on_frames_whichever_way_it_was_drawn():
    marked = edits.mark(project(4.0), 2.51, 1.0, FPS)
    assert (marked.range.start, marked.range.end) == (1.0, 2.5)
    marked = edits.relock_range(marked, ("head",))
    again = edits.mark(marked, 1.0, 1.0, FPS)
    assert again.range.end * FPS == pytest.approx(25)
    assert again.range.locks == ("head",)
    assert edits.unmark(again).range is None


def test_times_and_pixels_are_each_others_inverse():
    scale = Scale(fps=30.0, first_frame=101, pixels_per_second=50.0)
    assert scale.x(0.0) == 12.0
    assert scale.seconds(scale.x(3.3)) == pytest.approx(3.3)
    assert scale.seconds(-100.0) == 0.0
    assert scale.frame(1.0) == 131
    assert scale.snapped(0.049) == pytest.approx(1 / 30)


def test_the_ruler_names_round_frames_that_have_room():
    ticks = Scale(fps=24.0, first_frame=1, pixels_per_second=80.0).ticks(0.0, 2.5)
    assert [tick.label for tick in ticks if tick.label] == ["20", "40", "60"]
    assert [round(tick.seconds * 24) for tick in ticks if tick.label] == [19, 39, 59]
    seconds = Scale(fps=24.0, pixels_per_second=80.0, in_seconds=True).ticks(0.0, 2.5)
    assert [tick.label for tick in seconds if tick.label] == ["0 s", "1 s", "2 s"]
    long = Scale(fps=24.0, pixels_per_second=4.0, in_seconds=True)
    assert [tick.label for tick in long.ticks(55.0, 95.0) if tick.label] == ["1:00.00", "1:30.00"]


def test_lengths_are_said_in_what_the_ruler_names():
    assert Scale(fps=24.0).length(0.5) == "12 frames"
    assert Scale(fps=24.0).length(1 / 24) == "1 frame"
    assert Scale(fps=24.0, in_seconds=True).length(1.25) == "1.25 s"
