"""The window with its project on disk and, where Blender has started it, with Blender: who is told what."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QDateTime, QLocale, QObject, QStandardPaths
from PySide6.QtWidgets import QApplication, QFileDialog, QMenu

from ..errors import AddonError
from .blender_link.bar import Bar
from .blender_link.link import Link
from .blender_link.protocol import Answer, EngineAt, OpenProject, Refused, Saved, Scene
from .checked import RefusedError
from .engine_client import Address
from .project import Project, Take
from .project_files import SUFFIX, open_project, save_project
from .project_keeping import Earlier, ProjectKeeper
from .saved_project import Stamp
from .window import Window

_LONGEST_ROW = 48
_FILTER = f"Motionwright project (*{SUFFIX})"


class ProjectCompanion(QObject):
    """The project's menu, and what its keeper has to say."""

    def __init__(self, window: Window, keeper: ProjectKeeper, bar: Bar) -> None:
        super().__init__(window)
        self._window, self._keeper = window, keeper
        window.setMenuWidget(bar)
        bar.show()
        bar.new_wanted.connect(lambda: keeper.open_project(Project(settings=window.model.project.settings)))
        bar.open_wanted.connect(self._open)
        bar.recent.aboutToShow.connect(lambda: self._list_earlier(bar.recent))
        bar.save_wanted.connect(self._save)
        keeper.said.connect(window.say)
        keeper.opened.connect(self._show)

    def open_file(self, path: Path) -> None:
        """Open a project that was saved as a file."""
        try:
            self._keeper.open_project(open_project(path, self._window.motions))
        except AddonError as error:
            self._window.say(str(error))

    def save_file(self, path: Path) -> None:
        """Save the project as a file."""
        try:
            save_project(self._window.model.project, self._window.motions, path)
        except AddonError as error:
            self._window.say(str(error))
        else:
            self._window.say(f"Saved as {path.name}.", "quiet")

    def _list_earlier(self, menu: QMenu) -> None:
        menu.clear()
        for earlier in self._keeper.earlier():
            action = menu.addAction(_row(earlier).replace("&", "&&"))
            action.triggered.connect(lambda *_, earlier=earlier: self._keeper.open_earlier(earlier))
        if menu.isEmpty():
            menu.addAction("No earlier projects").setEnabled(False)

    def _open(self) -> None:
        chosen, _ = QFileDialog.getOpenFileName(self._window, "Open Project", _documents(), _FILTER)
        if chosen:
            self.open_file(Path(chosen))

    def _save(self) -> None:
        suggested = str(Path(_documents()) / f"Untitled{SUFFIX}")
        chosen, _ = QFileDialog.getSaveFileName(self._window, "Save Project As", suggested, _FILTER)
        if chosen:
            self.save_file(Path(chosen).with_suffix(SUFFIX))

    def _show(self) -> None:
        self._window.column.prompt.fill(self._window.model.project.prompt_text)


class BlenderCompanion(QObject):
    """Carries the window's orders to Blender, and what Blender says to the window's parts."""

    def __init__(self, window: Window, keeper: ProjectKeeper, link: Link, bar: Bar) -> None:
        super().__init__(window)
        self._window, self._keeper, self._link, self._bar = window, keeper, link, bar
        self._waiting: set[int] = set()
        self._sent_frame: int | None = None
        self._previewed = 0
        window.viewer.along.show()
        self._from_blender()
        self._to_blender()

    def _from_blender(self) -> None:
        link = self._link
        link.scene_changed.connect(self._show_scene)
        link.frame_changed.connect(self._follow)
        link.engine_found.connect(self._use_engine)
        link.project_opened.connect(self._open)
        link.project_saved.connect(self._mark_saved)
        link.answered.connect(self._show_answer)
        link.refused.connect(lambda refused: self._window.say(_sentence(refused)))
        link.shown.connect(self._come_to_front)
        link.ended.connect(self._leave)

    def _to_blender(self) -> None:
        window, link, bar = self._window, self._link, self._bar
        self._keeper.written.connect(link.project)
        window.playback.moved.connect(self._set_frame)
        window.playback.ticked.connect(self._play_along)
        window.takes.bake_wanted.connect(self.bake)
        window.takes.preview_wanted.connect(self.preview)
        window.column.engine.restart.connect(link.start_engine)
        window.model.changed.connect(lambda project: self._show_bar())
        bar.bake_wanted.connect(lambda: self.bake(window.model.project.shown))
        bar.preview_wanted.connect(lambda: self.preview(window.model.project.shown))
        bar.keep_wanted.connect(lambda keep: self._wait(link.end_preview(keep)))
        bar.remake_wanted.connect(self._remake)

    def bake(self, motion_id: str | None) -> None:
        """Bake a take onto the active character, from the scene's first frame on."""
        self._send(motion_id, self._link.bake)

    def preview(self, motion_id: str | None) -> None:
        """Show a take on the active character until it is kept or discarded."""
        self._send(motion_id, self._link.preview)

    def _send(self, motion_id: str | None, order: object) -> None:
        take, scene = self._window.model.project.take(motion_id), self._link.scene
        made = self._window.director.motions.get(motion_id) if motion_id is not None else None
        if take is None or made is None or scene is None:
            self._window.say("Show a take first; then it can be put on the character.")
            return
        assert callable(order)
        self._wait(order(made.file, _name(take), scene.start))

    def _remake(self) -> None:
        scene, project = self._link.scene, self._window.model.project
        if scene is None or scene.preview is None:
            return
        text = " ".join(self._window.timeline.range_row.sentence.text().split()) or None
        locks = project.range.locks if project.range is not None else ()
        self._wait(self._link.regenerate(*scene.preview, text, locks))

    def _wait(self, order: int) -> None:
        self._waiting.add(order)
        self._show_bar()

    def _show_answer(self, answer: Answer) -> None:
        self._waiting.discard(answer.order)
        self._window.say(answer.sentence, "quiet" if answer.done else "error")
        self._show_bar()

    def _show_scene(self, scene: Scene) -> None:
        if scene.takes > self._previewed:
            self._window.viewer.along.setChecked(True)  # it is previewed on the rig to be watched there
        self._previewed = scene.takes
        self._window.timeline.set_scene(scene.fps, scene.start)
        self._window.takes.set_rig(scene.rig if scene.map_state == "ready" else "")
        self._show_bar()

    def _show_bar(self) -> None:
        project = self._window.model.project
        self._bar.show_scene(self._link.scene, project.take(project.shown) is not None, bool(self._waiting))

    def _follow(self, frame: float) -> None:
        """Blender shows another frame: the window holds still there."""
        scene = self._link.scene
        if scene is not None:
            seconds = (frame - scene.start) / scene.fps
            self._window.playback.set_playing(False)
            self._window.playback.follow(seconds)
            self._window.timeline.set_playhead(seconds)

    def _set_frame(self, seconds: float) -> None:
        scene = self._link.scene
        if scene is not None:
            self._link.set_frame(scene.start + seconds * scene.fps)

    def _play_along(self, seconds: float) -> None:
        """Every whole frame of what is played here, once."""
        scene, viewer = self._link.scene, self._window.viewer
        if scene is None or not (viewer.along.isChecked() and viewer.shown and self._window.playback.playing):
            self._sent_frame = None
            return
        frame = scene.start + int(seconds % viewer.shown[0].figure.seconds * scene.fps)
        if frame != self._sent_frame:
            self._sent_frame = frame
            self._link.set_frame(frame)

    def _use_engine(self, found: EngineAt) -> None:
        if found.url:
            self._window.engine.start(Address(found.url, found.token))
        else:
            self._window.engine.give_up(found.trouble)
            self._window.say(found.trouble)

    def _open(self, opened: OpenProject) -> None:
        self._keeper.open_document(opened.document, Path(opened.file) if opened.file else None)

    def _mark_saved(self, saved: Saved) -> None:
        if saved.project == self._keeper.saved.id:
            try:
                self._keeper.mark_saved(Stamp.parse(saved.stamp), saved.document)
            except RefusedError as error:
                self._window.say(str(error))

    def _come_to_front(self) -> None:
        self._window.showNormal() if self._window.isMinimized() else self._window.show()
        self._window.raise_()
        self._window.activateWindow()

    def _leave(self, on_purpose: bool) -> None:
        """Blender is gone: the project is written, and the window goes too."""
        self._keeper.finish(on_purpose)
        self._window.close()
        QApplication.quit()


def _row(earlier: Earlier) -> str:
    """“a person walks · 4 takes · hero.blend · 3 May 14:02”."""
    saved = earlier.saved
    title, count = saved.project.title, len(saved.project.takes)
    shown = title if len(title) <= _LONGEST_ROW else f"{title[: _LONGEST_ROW - 1].rstrip()}…"
    takes = f"{count} take{'s' if count > 1 else ''}" if count else ""
    document = Path(saved.document).name
    when = QLocale.c().toString(QDateTime.fromSecsSinceEpoch(int(earlier.changed)), "d MMM HH:mm")
    return " · ".join(part for part in (shown, takes, document, when) if part)


def _name(take: Take) -> str:
    return ", then ".join(take.prompts)[:1000]


def _sentence(refused: Refused) -> str:
    return f"Blender and this window do not understand each other: {refused.sentence}"


def _documents() -> str:
    return QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
