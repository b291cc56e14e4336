"""What the user asks for, done: generations become takes of the project, ranges are made anew, motions are fetched."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from PySide6.QtCore import QObject, Signal

from ..engine_link.errors import EngineError
from .controls import one_take, request_options
from .engine_client import Condition, Engine, EngineState
from .jobs import Job, Made
from .live import DRAFT
from .project import Project, Settings, Take
from .project_model import ProjectModel

LIVE_SEED = 7
"""Drafts of one text after another share a seed, so that only the words make a difference."""


@dataclass(frozen=True)
class _Wish:
    """What the user has asked for: the call that sends it, and what its takes are made with and shown as."""

    send: Callable[[], Job]
    settings: Settings
    prompt: str


class Director(QObject):
    """pending(count, prompt): takes are on their way, or 0. made(list of Made): they are in the project now.

    ready(Made): a motion of the project can be shown. missing(motion_id, sentence): it can't. said(sentence, kind): a
    mistake (“error”) or news (“quiet”); empty: there is none any more. busy(bool): whether takes are being made.

    What is asked for while the engine still starts waits for it; `cancel` lets it go.
    """

    pending = Signal(int, str)
    progressed = Signal(float)
    made = Signal(object)
    ready = Signal(object)
    missing = Signal(str, str)
    said = Signal(str, str)
    busy = Signal(bool)

    def __init__(self, engine: Engine, model: ProjectModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._engine, self._model = engine, model
        self._job: Job | None = None
        self._waiting: _Wish | None = None
        self._deleted: tuple[Take, ...] = ()
        self.motions: dict[str, Made] = {}
        engine.changed.connect(self._see_engine)

    @property
    def working(self) -> bool:
        """Whether takes are being made, or will be as soon as the engine is there."""
        return self._job is not None or self._waiting is not None

    def generate(self, text: str) -> None:
        """Make takes of what is typed, each line after the one before."""
        project = self._model.project
        body = generation_body(text, project.settings)
        if body is None:
            self._complain("Write what the character should do, then press Enter.")
            return
        if self._ask(_Wish(lambda: self._engine.generate(body), project.settings, " ".join(text.split()))):
            self._model.apply(lambda now: replace(now, history=with_history(now.history, text.strip())))

    def generate_script(self, prompts: Sequence[tuple[str, float]]) -> None:
        """Make takes of the timeline's blocks: (sentence, seconds) in a row."""
        settings = self._model.project.settings
        rows = [{"text": text, "seconds": seconds} for text, seconds in prompts if text.strip()]
        if not rows:
            self._complain("The timeline's blocks have no words yet; write what each of them should show.")
            return
        body = {**request_options(settings), "prompts": rows, "loop": settings.loop, "in_place": settings.in_place}
        self._ask(_Wish(lambda: self._engine.generate(body), settings, ", then ".join(text for text, _ in prompts)))

    def regenerate(self, motion_id: str, start: int, end: int, text: str | None, keep_joints: Sequence[str]) -> None:
        """Make frames [start, end) of a take anew, as further takes."""
        take = self.motions.get(motion_id)
        if take is None:
            self._complain("Choose the take whose range is to be made anew first.")
            return
        settings = self._model.project.settings
        body = {
            **request_options(settings),
            "start": start,
            "end": end,
            "prompt": text or None,
            "keep_joints": list(keep_joints),
        }
        words = text or "The same words, made anew"
        self._ask(_Wish(lambda: self._engine.regenerate(take, body), settings, words))

    def cancel(self) -> None:
        """Stop what is being made, or let go what waits."""
        if self._job is not None:
            self._job.cancel()
        if self._waiting is not None:
            self._stop_waiting("")

    def fetch(self, motion_id: str) -> None:
        """Have a motion of the project ready to be shown."""
        if motion_id in self.motions:
            self.ready.emit(self.motions[motion_id])
            return
        take = self._model.project.take(motion_id)
        if take is not None:
            self._engine.motion(motion_id, None, self._keep, lambda sentence: self.missing.emit(motion_id, sentence))

    def star(self, motion_id: str) -> None:
        """Give a take a star, or take it away."""

        def change(project: Project) -> Project:
            takes = tuple(
                replace(take, starred=not take.starred) if take.motion_id == motion_id else take
                for take in project.takes
            )
            return replace(project, takes=takes)

        self._model.apply(change)

    def delete(self, motion_ids: Sequence[str]) -> None:
        """Remove takes; `restore` brings the last ones back."""
        gone = tuple(take for take in self._model.project.takes if take.motion_id in motion_ids)
        if gone:
            self._deleted = gone
            kept = {take.motion_id for take in gone}
            self._model.apply(lambda now: replace(now, takes=tuple(t for t in now.takes if t.motion_id not in kept)))

    def restore(self) -> None:
        """Bring the takes back that were deleted last."""
        back, self._deleted = self._deleted, ()
        self._model.apply(
            lambda now: replace(now, takes=tuple(sorted((*now.takes, *back), key=lambda take: take.created)))
        )

    def keep(self, motion_id: str) -> None:
        """Star a take and delete the others that were made with it, but for starred ones."""
        take = self._model.project.take(motion_id)
        if take is None:
            return
        if not take.starred:
            self.star(motion_id)
        beside = [
            other.motion_id
            for other in self._model.project.takes
            if other.prompts == take.prompts and made_together(other, take) and not other.starred
        ]
        self.delete(beside)

    def live_body(self, text: str) -> Mapping[str, Any] | None:
        """The request for a draft of what is being typed."""
        settings = self._model.project.settings
        info = self._engine.state.info
        preset = DRAFT if info is None or DRAFT in info.presets else next(iter(info.presets), DRAFT)
        seed = LIVE_SEED if settings.seed is None else settings.seed
        return generation_body(text, replace(settings, variations=1, preset=preset, guidance=None, seed=seed))

    def _ask(self, wish: _Wish) -> bool:
        """Send it, or keep it for the engine that starts; whether it is on its way."""
        self.cancel()
        if self._engine.state.condition is Condition.STARTING:
            self._waiting = wish
            self._show_pending(wish)
            self.said.emit("The engine is starting; then your takes are made. Esc cancels.", "quiet")
            return True
        return self._start(wish)

    def _start(self, wish: _Wish) -> bool:
        try:
            job = wish.send()
        except EngineError as error:
            self._complain(error.sentence)
            return False
        self._job = job
        job.progressed.connect(lambda fraction: self.progressed.emit(fraction) if job is self._job else None)
        job.finished.connect(lambda made: self._finish(job, made, wish.settings))
        job.failed.connect(lambda sentence: self._end(job, sentence))
        job.cancelled.connect(lambda: self._end(job, ""))
        self._complain("")
        self._show_pending(wish)
        return True

    def _see_engine(self, state: EngineState) -> None:
        wish = self._waiting
        if wish is None or state.condition is Condition.STARTING:
            return
        self._stop_waiting("" if state.condition is Condition.READY else state.sentence)
        if state.condition is Condition.READY:
            self._start(wish)

    def _stop_waiting(self, sentence: str) -> None:
        self._waiting = None
        self._show_nothing_pending()
        self._complain(sentence)

    def _show_pending(self, wish: _Wish) -> None:
        self.pending.emit(wish.settings.variations, wish.prompt)
        self.busy.emit(True)

    def _show_nothing_pending(self) -> None:
        self.pending.emit(0, "")
        self.busy.emit(False)

    def _complain(self, sentence: str) -> None:
        self.said.emit(sentence, "error")

    def _finish(self, job: Job, made: tuple[Made, ...], settings: Settings) -> None:
        created = datetime.now(UTC).isoformat(timespec="milliseconds")
        takes = tuple(take_of(each, settings, created) for each in made)
        self.motions.update({each.motion_id: each for each in made})
        self._end(job, "")
        self._model.apply(lambda now: replace(now, takes=(*now.takes, *takes)))
        self.made.emit(list(made))

    def _end(self, job: Job, sentence: str) -> None:
        if job is not self._job:
            return
        self._job = None
        self._show_nothing_pending()
        if sentence:
            self._complain(sentence)

    def _keep(self, made: Made) -> None:
        self.motions[made.motion_id] = made
        self.ready.emit(made)


def generation_body(text: str, settings: Settings) -> dict[str, Any] | None:
    """The request for a text, each line a sentence of its own; None where there is nothing to do."""
    lines = [" ".join(line.split()) for line in text.splitlines() if line.strip()]
    if not lines:
        return None
    seconds = None if settings.automatic_length else settings.seconds / len(lines)
    return {
        **request_options(settings),
        "prompts": [{"text": line, "seconds": seconds} for line in lines],
        "loop": settings.loop,
        "in_place": settings.in_place,
    }


def take_of(made: Made, settings: Settings, created: str) -> Take:
    """A motion as the project keeps it."""
    meta = made.meta
    edits = [edit for edit in meta.get("edits") or () if isinstance(edit, Mapping)]
    seed = int((edits[-1] if edits else meta).get("seed", 0))
    prompts = tuple(str(row.get("text", "")) for row in meta.get("prompts") or () if isinstance(row, Mapping))
    return Take(
        motion_id=made.motion_id,
        file=made.file.name,
        prompts=tuple(text for text in prompts if text) or ("A motion without words",),
        seconds=made.figure.seconds,
        seed=seed,
        settings=one_take(settings, seed),
        created=created,
    )


def made_together(first: Take, second: Take) -> bool:
    """Whether two takes came of one generation."""
    return first.created == second.created


def with_history(history: tuple[str, ...], text: str) -> tuple[str, ...]:
    """The earlier sentences with this one as the newest, each but once."""
    return (*(earlier for earlier in history if earlier != text), text)
