"""Changing, undoing and redoing the project that the window's parts share."""

from dataclasses import replace

import pytest

from blender_addon.prompt_panel.project import Block, Project
from blender_addon.prompt_panel.project_model import ProjectModel


def with_blocks(*texts):
    return lambda project: replace(project, blocks=tuple(Block(text, 2.0) for text in texts))


def texts(model):
    return [block.text for block in model.project.blocks]


@pytest.fixture
def model(qapp):
    return ProjectModel()


def test_every_change_is_told_once_with_the_project(model):
    told = []
    model.changed.connect(told.append)
    model.apply(with_blocks("walk"))
    model.apply(lambda project: project)
    model.undo()
    model.undo()
    model.redo()
    assert [[block.text for block in project.blocks] for project in told] == [["walk"], [], ["walk"]]
    assert told[-1] == model.project


def test_undo_and_redo_go_through_the_changes_of_the_timeline(model):
    for count in range(3):
        model.apply(with_blocks(*"abc"[: count + 1]))
    model.undo()
    model.undo()
    assert texts(model) == ["a"]
    model.redo()
    assert texts(model) == ["a", "b"]
    model.apply(with_blocks("new"))
    assert not model.can_redo
    model.undo()
    assert texts(model) == ["a", "b"]


def test_a_drag_is_one_step(model):
    model.apply(with_blocks("start"))
    for text in ("d", "dr", "drag"):
        model.apply(with_blocks(text), merge="edge 1")
    model.end_merge()
    model.apply(with_blocks("drag again"), merge="edge 1")
    model.undo()
    assert texts(model) == ["drag"]
    model.undo()
    assert texts(model) == ["start"]


def test_undo_leaves_typing_takes_and_the_playhead_as_they_are(model):
    model.apply(with_blocks("a"))
    model.apply(lambda project: replace(project, prompt_text="typed", playhead=2.0))
    model.undo()
    assert model.project == Project(prompt_text="typed", playhead=2.0)
    assert not model.can_undo


def test_another_project_has_no_way_back_to_the_one_before(model):
    model.apply(with_blocks("a"))
    model.open(Project(prompt_text="other"))
    assert not model.can_undo
    model.undo()
    assert model.project == Project(prompt_text="other")
