"""A project on disk: at every moment, after every end, and the right one again at the next opening."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace

import pytest

from blender_addon.prompt_panel import saved_project
from blender_addon.prompt_panel.checked import RefusedError
from blender_addon.prompt_panel.motion_files import MotionFiles
from blender_addon.prompt_panel.project import Project, Take
from blender_addon.prompt_panel.project_files import open_project, save_project
from blender_addon.prompt_panel.project_keeping import ProjectKeeper
from blender_addon.prompt_panel.project_model import ProjectModel
from blender_addon.prompt_panel.saved_project import SavedProject, Stamp, from_text, newest, to_text

SITTING, OTHER = "a" * 32, "b" * 32


def typed(text):
    return lambda project: replace(project, prompt_text=text)


@pytest.fixture
def keepers(qapp, tmp_path):
    """Makes windows' keepers of one folder; they end at the end."""
    made = []

    def make():
        keeper = ProjectKeeper(ProjectModel(), tmp_path)
        made.append(keeper)
        return keeper

    yield make
    for keeper in made:
        keeper.finish(on_purpose=True)


def model_of(keeper):
    return keeper._model


def crash(keeper):
    """What is left after kill -9: the file as it was last written, the lock of a process that is gone."""
    keeper._save()
    keeper._orders.put(None)
    keeper._writer.join(5)
    keeper._unlock()


def wait_for_disk(keeper):
    """Until what was ordered is written."""
    end = time.monotonic() + 5
    while not (keeper.file.is_file() and saved_project.read(keeper.file).stamp == keeper.saved.stamp):
        assert time.monotonic() < end
        time.sleep(0.01)


def test_a_change_is_on_disk_soon_and_told(keepers, qtbot):
    keeper = keepers()
    keeper.open_document("", None)
    with qtbot.waitSignal(keeper.written, timeout=5000) as told:
        model_of(keeper).apply(typed("walk"))
    assert told.args == [keeper.file]
    assert saved_project.read(keeper.file).project.prompt_text == "walk"


def test_an_untouched_project_leaves_no_file(keepers, tmp_path):
    keeper = keepers()
    keeper.open_document("", None)
    keeper.finish(on_purpose=True)
    assert list(tmp_path.glob("*/project.json")) == []


def test_the_window_alone_opens_what_was_open_last(keepers):
    first = keepers()
    first.open_last()
    model_of(first).apply(typed("walk"))
    first.finish(on_purpose=True)
    again = keepers()
    again.open_last()
    assert model_of(again).project.prompt_text == "walk"


def test_earlier_projects_are_listed_newest_first_without_the_open_and_the_empty(keepers):
    keeper = keepers()
    keeper.open_last()
    for text in ("first", "", "second", "third"):
        keeper.open_project(Project(prompt_text=text))
    wait_for_disk(keeper)
    assert [each.saved.project.title for each in keeper.earlier()] == ["second", "first"]


def test_an_earlier_project_goes_on_where_it_was_and_one_of_another_blend_as_a_copy(keepers):
    keeper = keepers()
    keeper.open_document("a.blend", None)
    keeper.open_project(Project(prompt_text="of a"))
    of_a = keeper.saved.id
    keeper.open_project(Project(prompt_text="also of a"))
    wait_for_disk(keeper)
    keeper.open_earlier(keeper.earlier()[0])
    assert (keeper.saved.id, model_of(keeper).project.prompt_text) == (of_a, "of a")
    keeper.open_document("b.blend", None)
    earlier = next(each for each in keeper.earlier() if each.saved.id == of_a)
    keeper.open_earlier(earlier)
    assert keeper.saved.id != of_a
    assert (keeper.saved.document, model_of(keeper).project.prompt_text) == ("b.blend", "of a")
    model_of(keeper).apply(typed("of b now"))
    keeper.finish(on_purpose=True)
    assert saved_project.read(earlier.file).project.prompt_text == "of a"


def test_two_windows_do_not_write_the_same_project(keepers):
    first, second = keepers(), keepers()
    first.open_last()
    model_of(first).apply(typed("first"))
    first.flush()
    second.open_last()
    assert second.saved.id != first.saved.id
    assert model_of(second).project == Project()


def test_a_scene_that_was_never_saved_is_recovered_after_a_crash_only(keepers, qtbot):
    keeper = keepers()
    keeper.open_document("", None)
    model_of(keeper).apply(typed("lost?"))
    crash(keeper)
    after = keepers()
    with qtbot.waitSignal(after.said) as said:
        after.open_document("", None)
    assert "Recovered" in said.args[0]
    assert model_of(after).project.prompt_text == "lost?"
    after.finish(on_purpose=True)
    later = keepers()
    later.open_document("", None)
    assert model_of(later).project == Project()


def in_blend(keeper, tmp_path, name):
    """What Blender holds of a project, written for the next window."""
    keeper._save()
    file = tmp_path / f"{name}.json"
    saved_project.write(keeper.saved, file)
    return file


def test_what_a_blend_holds_is_opened_and_later_work_on_it_recovered(keepers, tmp_path):
    keeper = keepers()
    keeper.open_document("a.blend", None)
    model_of(keeper).apply(typed("saved"))
    file = in_blend(keeper, tmp_path, "saved")
    keeper.mark_saved(keeper.saved.stamp, "a.blend")
    model_of(keeper).apply(typed("not saved"))
    crash(keeper)
    after = keepers()
    after.open_document("a.blend", file)
    assert model_of(after).project.prompt_text == "not saved"


def test_an_older_copy_of_a_blend_keeps_its_own_project_and_the_newer_one_is_left_alone(keepers, tmp_path):
    keeper = keepers()
    keeper.open_document("v1.blend", None)
    model_of(keeper).apply(typed("one"))
    first = in_blend(keeper, tmp_path, "v1")
    keeper.mark_saved(keeper.saved.stamp, "v1.blend")
    model_of(keeper).apply(typed("two"))
    in_blend(keeper, tmp_path, "v2")
    keeper.mark_saved(keeper.saved.stamp, "v2.blend")
    model_of(keeper).apply(typed("two and a half"))
    crash(keeper)
    newer_file = keeper.file
    after = keepers()
    after.open_document("v1.blend", first)
    assert model_of(after).project.prompt_text == "one"
    assert after.saved.id != keeper.saved.id
    model_of(after).apply(typed("one b"))
    after.finish(on_purpose=True)
    assert saved_project.read(newer_file).project.prompt_text == "two and a half"


def test_another_blend_brings_another_project_and_the_first_is_written(keepers, tmp_path):
    keeper = keepers()
    keeper.open_document("a.blend", None)
    model_of(keeper).apply(typed("of a"))
    first = keeper.file
    keeper.open_document("b.blend", None)
    assert model_of(keeper).project == Project()
    keeper.finish(on_purpose=True)
    assert saved_project.read(first).project.prompt_text == "of a"


def test_a_damaged_file_is_said_and_stops_nothing(keepers, tmp_path, qtbot):
    damaged = tmp_path / "damaged.json"
    damaged.write_text('{"format":"motionwright-project/1"}', encoding="utf-8")
    keeper = keepers()
    with qtbot.waitSignal(keeper.said) as said:
        keeper.open_document("a.blend", damaged)
    assert said.args == ["“id” of The project's file is missing.", "error"]
    model_of(keeper).apply(typed("goes on"))
    keeper.finish(on_purpose=True)
    assert saved_project.read(keeper.file).project.prompt_text == "goes on"


def test_a_disk_that_can_not_be_written_is_said(qapp, tmp_path, qtbot):
    place = tmp_path / "a-file"
    place.write_bytes(b"")
    keeper = ProjectKeeper(ProjectModel(), place)
    with qtbot.waitSignal(keeper.said) as said:
        keeper.open_document("", None)
    assert "make room there" in said.args[0]
    keeper.finish(on_purpose=True)


@pytest.mark.parametrize(
    ("blend", "disk", "base", "recovered"),
    [
        (Stamp(SITTING, 3), Stamp(SITTING, 3), None, True),
        (Stamp(SITTING, 3), Stamp(SITTING, 5), Stamp(SITTING, 3), True),
        (Stamp(SITTING, 3), Stamp(OTHER, 5), Stamp(SITTING, 3), True),
        (Stamp(SITTING, 3), Stamp(SITTING, 5), Stamp(OTHER, 1), True),
        (Stamp(SITTING, 3), Stamp(SITTING, 5), Stamp(SITTING, 4), False),
        (Stamp(SITTING, 3), Stamp(OTHER, 5), Stamp(OTHER, 4), False),
        (Stamp(SITTING, 3), Stamp(SITTING, 2), None, False),
    ],
)
def test_which_state_counts(blend, disk, base, recovered):
    held, autosaved = SavedProject("c" * 32, blend), SavedProject("c" * 32, disk, base=base)
    assert newest(held, autosaved) == (autosaved if recovered else None)
    assert newest(held, replace(autosaved, id="d" * 32)) is None


def test_a_saved_project_comes_back_as_it_was():
    saved = SavedProject("c" * 32, Stamp(SITTING, 4), Project(prompt_text="ä"), Stamp(OTHER, 3), "/a b.blend", True)
    assert from_text(to_text(saved)) == saved
    assert Stamp.parse(str(saved.stamp)) == saved.stamp
    for text in ("", "x.1", f"{SITTING}.-1", f"{SITTING}.²", f"../{SITTING}.1"):
        with pytest.raises(RefusedError):
            Stamp.parse(text)
    for broken in (saved.id, SITTING):
        with pytest.raises(RefusedError):
            from_text(to_text(saved).replace(broken, "../" + broken[3:]))


def test_a_project_and_its_motions_go_into_one_file_and_out_again(tmp_path):
    here, there = MotionFiles(tmp_path / "here"), MotionFiles(tmp_path / "there")
    here.write("m1", b"motion one")
    takes = (Take("m1", "m1.npz", ("walk",), 1.0, 1), Take("m2", "m2.npz", ("bow",), 1.0, 2))
    project = Project(prompt_text="walk", takes=takes)
    save_project(project, here, tmp_path / "a.motionwright")
    assert open_project(tmp_path / "a.motionwright", there) == project
    assert there.path("m1").read_bytes() == b"motion one"
    assert not there.path("m2").exists()
    assert [file.name for file in tmp_path.iterdir() if file.is_file()] == ["a.motionwright"]


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b'{"version":1}'])
def test_a_file_that_is_no_project_is_refused(tmp_path, content):
    from blender_addon.errors import AddonError

    file = tmp_path / "a.motionwright"
    file.write_bytes(content)
    with pytest.raises(AddonError, match="is no project of Motionwright"):
        open_project(file, MotionFiles(tmp_path))


TYPING = """
import sys
from dataclasses import replace
from pathlib import Path
from PySide6.QtCore import QCoreApplication, QTimer
from blender_addon.prompt_panel.project_keeping import ProjectKeeper
from blender_addon.prompt_panel.project_model import ProjectModel
from blender_addon.prompt_panel.saved_project import read

application = QCoreApplication([])
model = ProjectModel()
keeper = ProjectKeeper(model, Path(sys.argv[1]))
keeper.open_last()
number = int(model.project.prompt_text or 0)
print(number, flush=True)
keeper.written.connect(lambda file: print(read(file).project.prompt_text, flush=True))

def type_on():
    global number
    number += 1
    model.apply(lambda project: replace(project, prompt_text=str(number), history=(str(number) * 100,) * 200))

timer = QTimer()
timer.timeout.connect(type_on)
timer.start(3)
application.exec()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
def test_kill_9_at_any_moment_leaves_a_whole_project_and_all_that_was_told(tmp_path):
    last = 0
    for attempt in range(4):
        with subprocess.Popen(
            [sys.executable, "-c", TYPING, str(tmp_path)], stdout=subprocess.PIPE, text=True
        ) as window:
            try:
                began = int(window.stdout.readline())
                told = [int(window.stdout.readline()) for _ in range(2 + attempt % 2)]
                time.sleep(0.013 * attempt)
            finally:
                os.kill(window.pid, signal.SIGKILL)
        assert began >= last, "a state that was told to be on disk is not there"
        last = told[-1]
        assert last > began
