"""The prompt window: what its parts say to one another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from PySide6.QtCore import Qt
from PySide6.QtGui import QCloseEvent, QHideEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QMainWindow, QTabWidget, QWidget

from .alignment_view import AlignmentView
from .director import Director
from .engine_client import Condition, Engine, EngineState
from .exporting import Exporter
from .jobs import Made
from .live import Live
from .motion_files import MotionFiles
from .playback import Playback
from .project import Project, Settings
from .project_model import ProjectModel
from .prompt_column import PromptColumn
from .shortcuts import add_shortcuts
from .splitter import splitter
from .takes_view import TakesView
from .timeline import TimelineView
from .viewer import Shown, Viewer
from .vocabulary import Vocabulary
from .words import WordStudy

SMALLEST = (900, 600)
_WIDE = 1150
"""From this width on there is room for two columns of takes."""
_BOTTOM_HEIGHT = 205


class Window(QMainWindow):
    """Everything that is seen. The project is `model`'s, the motions the engine's; the window shows and asks."""

    def __init__(self, engine: Engine, model: ProjectModel, motions: MotionFiles) -> None:
        super().__init__()
        self.setWindowTitle("Motionwright")
        self.setObjectName("window")
        self.engine, self.model, self.motions = engine, model, motions
        self.playback = Playback(self)
        self.column = PromptColumn()
        self.viewer = Viewer(self.playback)
        self.takes = TakesView(self.playback, motions)
        self.timeline = TimelineView(model)
        self.words = AlignmentView(self.playback)
        self.director = Director(engine, model, self)
        self.live = Live(engine, self.director.live_body, self)
        self.study = WordStudy(engine, self)
        self.exporter = Exporter(engine, self)
        self.exporter.said.connect(self.say)
        self._compared: str | None = None
        self._draft: Made | None = None
        self._wanted: set[str] = set()
        self._opened = False
        self._lay_out()
        self._connect_typing()
        self._connect_engine()
        self._connect_takes()
        self._connect_time()
        add_shortcuts(self)
        self._show_project(model.project)
        self._show_engine(engine.state)
        self.column.prompt.fill(model.project.prompt_text)
        self.column.prompt.setFocus()

    def generate(self) -> None:
        """Make takes of what is typed."""
        self.live.stop()
        self.director.generate(self.column.prompt.text())

    def show_take(self, motion_id: str) -> None:
        """Show a take in the viewer, alone."""
        self._draft, self._compared = None, None
        self._choose(motion_id)

    def compare(self, motion_id: str) -> None:
        """Show a take beside the one that is shown; the same once more ends that."""
        shown = self.model.project.shown
        if shown is None or shown == motion_id:
            self.show_take(motion_id)
            return
        self._draft = None
        self._compared = None if self._compared == motion_id else motion_id
        self._show_motions()
        if self._compared is not None and self._compared not in self.director.motions:
            self._want(self._compared)

    def say(self, sentence: str, kind: str = "error", undo: bool = False) -> None:
        """Tell the user something under the prompt."""
        self.column.show_message(sentence, kind, undo)

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802  (Qt's name)
        super().showEvent(event)
        if not self._opened:
            self._opened = True
            self._share_room()
        self.playback.start()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802  (Qt's name)
        super().resizeEvent(event)
        if self._opened and (event.oldSize().width() >= _WIDE) != (self.width() >= _WIDE):
            self._share_room()

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802  (Qt's name)
        super().hideEvent(event)
        self.playback.stop()

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802  (Qt's name)
        self.playback.stop()
        self.live.set_on(False, "")
        self.study.study(None)
        self.director.cancel()
        super().closeEvent(event)

    # How the parts lie

    def _lay_out(self) -> None:
        self.tabs = QTabWidget()
        self.tabs.addTab(self.timeline, "Timeline")
        self.tabs.addTab(self.words, "Words")
        self.tabs.setTabToolTip(0, "Sentences one after another, and the range to make anew (Ctrl+3)")
        self.tabs.setTabToolTip(1, "What each word did to the shown take (Ctrl+4)")
        self.tabs.setAccessibleName("Timeline and words")
        for page in (self.timeline, self.words):
            page.setObjectName("region")
            page.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        # The timeline hands the focus to its ruler, and Tab would pass over what comes before that.
        for before, after in pairwise((self.tabs.tabBar(), *self.timeline.buttons.values())):
            QWidget.setTabOrder(before, after)
        self._middle = splitter(Qt.Orientation.Vertical, (self.viewer, self.tabs), stretch=0)
        self._whole = splitter(Qt.Orientation.Horizontal, (self.column, self._middle, self.takes), stretch=1)
        self.column.setMinimumWidth(232)
        self.takes.setMinimumWidth(172)
        self.setCentralWidget(self._whole)
        self._whole.setContentsMargins(4, 4, 4, 4)
        self.setMinimumSize(*SMALLEST)
        self.resize(1280, 800)

    def _share_room(self) -> None:
        """The columns' widths, by the size of the window; until it becomes wide or narrow, they are the user's."""
        left, right = (296, 326) if self.width() >= _WIDE else (246, 176)
        self._whole.setSizes([left, self.width() - left - right, right])
        self._middle.setSizes([self.height() - _BOTTOM_HEIGHT, _BOTTOM_HEIGHT])

    # What is typed

    def _connect_typing(self) -> None:
        prompt = self.column.prompt
        prompt.submitted.connect(self.generate)
        prompt.dismissed.connect(self._dismiss)
        prompt.edited.connect(self._typed)
        self.column.generate_wanted.connect(self.generate)
        self.column.cancel_wanted.connect(self.director.cancel)
        self.column.undo_wanted.connect(self._restore)
        self.column.live.toggled.connect(lambda on: self.live.set_on(on, prompt.text()))
        self.column.controls.changed.connect(self._choose_settings)
        self.live.made.connect(self._show_draft)
        self.live.failed.connect(self.say)

    def _typed(self, text: str) -> None:
        self.live.type(text)
        self.model.apply(lambda project: replace(project, prompt_text=text[:1000]), "prompt")

    def _dismiss(self) -> None:
        if self.director.working:
            self.director.cancel()
        else:
            self.say("")
            self.playback.play_spans(())

    def _choose_settings(self, settings: Settings) -> None:
        self.model.apply(lambda project: replace(project, settings=settings), "settings")
        self.column.controls.show_info(self.engine.state.info)

    def _show_draft(self, made: Made) -> None:
        glide = bool(self.viewer.shown)
        self._draft, self._compared = made, None
        prompts = ", then ".join(str(row.get("text", "")) for row in made.meta.get("prompts", ()))
        self.viewer.show_one(Shown(made.figure, prompts, "Live draft · Enter makes takes of it"), glide)
        self.takes.show_roles(())
        self._study_shown()
        self.say("")

    # The engine

    def _connect_engine(self) -> None:
        self.engine.changed.connect(self._show_engine)
        self.column.engine.restart.connect(self.engine.start)
        self.column.engine.model_chosen.connect(self.engine.use_model)
        self.director.said.connect(self.say)
        self.director.busy.connect(self._show_busy)
        self.director.pending.connect(self.takes.show_pending)
        self.director.progressed.connect(self.takes.show_progress)
        self.director.made.connect(self._show_made)
        self.director.ready.connect(self._show_ready)
        self.director.missing.connect(self._show_missing)
        self.live.working.connect(lambda working: self.study.set_busy(working or self.director.working))

    def _show_engine(self, state: EngineState) -> None:
        self.column.engine.show_state(state)
        self.column.controls.show_info(state.info)
        self.column.go.setEnabled(state.condition is not Condition.GONE)
        self.viewer.canvas.empty_text = {
            Condition.STARTING: "The engine is starting … Type already: Enter makes takes as soon as it is there.",
            Condition.READY: "Type what the character should do and press Enter.",
            Condition.GONE: "The engine is not running. Start it again on the left; your takes and words are safe.",
        }[state.condition]
        self.viewer.canvas.update()
        if state.info is not None:
            known = Vocabulary(state.info.vocabulary, state.info.examples)
            if known != self.column.prompt.vocabulary:
                self.column.prompt.set_vocabulary(known)
        if state.condition is Condition.READY:
            for motion_id in self._wanted:
                self.director.fetch(motion_id)
            if self.live.on:
                self.live.type(self.column.prompt.text())
            if self.words.shown is None:
                self._study_shown()

    def _show_busy(self, busy: bool) -> None:
        self.column.show_working(busy)
        self.study.set_busy(busy)

    def _show_made(self, made: Sequence[Made]) -> None:
        for each in made:
            self.takes.show_figure(each.motion_id, each.figure)
            self.column.controls.seed.remember(int(each.meta.get("seed", 0)))
        self.playback.play_spans(())
        self.playback.set_playing(True)
        self.show_take(made[0].motion_id)

    def _show_ready(self, made: Made) -> None:
        self._wanted.discard(made.motion_id)
        self.takes.show_figure(made.motion_id, made.figure)
        if made.motion_id in (self.model.project.shown, self._compared) and self._draft is None:
            self._show_motions()

    def _show_missing(self, motion_id: str, sentence: str) -> None:
        if self.engine.ready:
            self._wanted.discard(motion_id)
            self.takes.show_missing(motion_id, sentence)

    def _want(self, motion_id: str) -> None:
        self._wanted.add(motion_id)
        self.director.fetch(motion_id)

    # Takes

    def _connect_takes(self) -> None:
        takes = self.takes
        takes.show_wanted.connect(self.show_take)
        takes.compare_wanted.connect(self.compare)
        takes.star_wanted.connect(self.director.star)
        takes.keep_wanted.connect(self._keep)
        takes.delete_wanted.connect(self._delete)
        takes.reuse_wanted.connect(self._reuse)
        takes.export_wanted.connect(self._export)
        takes.bvh_soon.connect(self._prepare_bvh)
        takes.figure_wanted.connect(self._want)
        self.viewer.canvas.view_changed.connect(takes.look_from)
        takes.cancel_wanted.connect(self.director.cancel)
        self.model.changed.connect(self._show_project)
        self.tabs.currentChanged.connect(lambda index: self._study_shown())
        self.study.mapped.connect(self.words.show_map)
        self.study.unmapped.connect(self.words.show_nothing)
        self.study.measured.connect(self.words.show_effect)

    def _show_project(self, project: Project) -> None:
        self.takes.show_project(project)
        self.column.prompt.set_history(project.history)
        self.column.controls.show_settings(project.settings)
        if project.shown is not None and project.take(project.shown) is None:
            self.model.apply(lambda now: replace(now, shown=now.takes[-1].motion_id if now.takes else None))
            return
        self._show_motions()

    def _choose(self, motion_id: str) -> None:
        before = self.model.project
        self.model.apply(lambda project: replace(project, shown=motion_id))
        if self.model.project == before:
            self._show_motions()
        self.director.fetch(motion_id)

    def _show_motions(self) -> None:
        """Have the viewer show what the project says, as far as it is here."""
        if self._draft is not None:
            return
        ids = [each for each in (self.model.project.shown, self._compared) if each is not None]
        found = [self._shown(motion_id) for motion_id in ids]
        here = [shown for shown in found if shown is not None]
        if [shown.figure for shown in here] != [shown.figure for shown in self.viewer.shown]:
            if len(here) == 2:
                self.viewer.show_two(*here)
            else:
                self.viewer.show_one(here[0] if here else None)
            self._study_shown()
        self.takes.show_roles(ids[: len(here)])
        self.timeline.set_can_regenerate(len(here) > 0)

    def _shown(self, motion_id: str) -> Shown | None:
        made, take = self.director.motions.get(motion_id), self.model.project.take(motion_id)
        if made is None or take is None:
            return None
        note = f"{take.seconds:.1f} s · seed {take.seed} · {take.settings.preset}"
        return Shown(made.figure, ", then ".join(take.prompts), note)

    def _keep(self, motion_id: str) -> None:
        before = len(self.model.project.takes)
        self.director.keep(motion_id)
        gone = before - len(self.model.project.takes)
        self.say(f"Kept; {gone} other takes deleted." if gone else "Kept with a star.", "quiet", undo=gone > 0)

    def _delete(self, motion_id: str) -> None:
        self.director.delete([motion_id])
        self.say("Take deleted.", "quiet", undo=True)

    def _restore(self) -> None:
        self.director.restore()
        self.say("")

    def _reuse(self, motion_id: str) -> None:
        take = self.model.project.take(motion_id)
        if take is not None:
            text = "\n".join(take.prompts)
            settings = replace(take.settings, seed=take.seed, variations=self.model.project.settings.variations)
            self.model.apply(lambda project: replace(project, settings=settings, prompt_text=text))
            self.column.prompt.fill(text)
            self.column.prompt.setFocus()

    def _export(self, motion_id: str, kind: str) -> None:
        take, made = self.model.project.take(motion_id), self.director.motions.get(motion_id)
        if take is None or made is None:
            self.say("This take is not loaded yet; wait a moment.")
        else:
            self.exporter.ask_where(self, take, made, f".{kind}")

    def _prepare_bvh(self, motion_id: str) -> None:
        if motion_id in self.director.motions:
            self.exporter.prepare(self.director.motions[motion_id])

    # Words and time

    def _study_shown(self) -> None:
        """Study the words of the draft or the shown take, where they are looked at."""
        shown = self.model.project.shown
        made = self._draft or (self.director.motions.get(shown) if shown is not None else None)
        if self.tabs.currentWidget() is not self.words:
            self.study.study(None)
            return
        if made is None or self._compared is not None:
            self.words.show_nothing("Show one take to see what its words did.")
            self.study.study(None)
        else:
            self.study.study(made)

    def _connect_time(self) -> None:
        self.playback.ticked.connect(self._show_time)
        self.timeline.playhead_moved.connect(self.playback.seek)
        self.timeline.playhead_moved.connect(lambda seconds: self.playback.set_playing(False))
        self.timeline.regenerate_requested.connect(self._regenerate)
        self.timeline.generate_requested.connect(self._generate_script)
        self.timeline.take_dropped.connect(self.show_take)

    def _show_time(self, seconds: float) -> None:
        if self.viewer.shown and self.tabs.currentWidget() is self.timeline:
            now = seconds % self.viewer.shown[0].figure.seconds
            self.timeline.set_playhead(self.timeline.frame_start(now) if self.playback.playing else now)

    def _regenerate(self, start: float, end: float, text: str | None, keep_joints: Sequence[str]) -> None:
        shown = self.model.project.shown
        made = self.director.motions.get(shown) if shown is not None else None
        if made is None or shown is None:
            self.say("Show the take whose range is to be made anew first.")
            return
        figure = made.figure
        first = min(max(round(start * figure.fps), 0), len(figure) - 1)
        last = min(max(round(end * figure.fps), first + 1), len(figure))
        if round(start * figure.fps) >= len(figure):
            self.say(f"The shown take ends at {figure.seconds:.1f} s, before that range.")
            return
        self.director.regenerate(shown, first, last, text, keep_joints)

    def _generate_script(self) -> None:
        self.live.stop()
        self.director.generate_script([(block.text, block.seconds) for block in self.model.project.blocks])
