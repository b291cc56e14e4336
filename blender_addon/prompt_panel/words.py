"""What each word did to a take: the engine's alignment, and the same motion made once more without each word."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal

from ..engine_link.answers import Alignment
from .engine_client import Engine
from .figure import Figure
from .jobs import Job, Made
from .word_map import Effect, WordMap

_MOST_WORDS = 40
_WAIT_MS = 250


class WordStudy(QObject):
    """Studies one take at a time. Making it again without a word waits for whatever the user has asked for.

    mapped(WordMap): the alignment is there. unmapped(str): why there is none. measured(word, Effect): what leaving the
    word out changes, with the same seed.
    """

    mapped = Signal(object)
    unmapped = Signal(str)
    measured = Signal(int, object)

    def __init__(self, engine: Engine, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._engine = engine
        self._take: Made | None = None
        self._left: list[tuple[int, list[dict[str, Any]]]] = []
        self._job: Job | None = None
        self._busy = False
        self._next = QTimer(self)
        self._next.setSingleShot(True)
        self._next.setInterval(_WAIT_MS)
        self._next.timeout.connect(self._measure_next)

    def study(self, take: Made | None) -> None:
        """Look at another take; the one before is left."""
        self._take, self._left = take, []
        self._stop_job()
        if take is None or not self._engine.ready:
            return
        self._engine.alignment(
            take.motion_id,
            lambda alignment: self._take_map(take, alignment),
            lambda sentence: self._tell_why(take, sentence),
        )

    def set_busy(self, busy: bool) -> None:
        """Whether the engine works for the user: then nothing is measured."""
        self._busy = busy
        if busy:
            self._stop_job()
        elif self._left:
            self._next.start()

    def _take_map(self, take: Made, alignment: Alignment) -> None:
        if take is not self._take:
            return
        self.mapped.emit(WordMap(alignment, len(take.figure), take.figure.fps))
        self._left = prompts_without_each_word(take.meta, take.figure.fps, alignment.words)[:_MOST_WORDS]
        if not self._busy:
            self._next.start()

    def _tell_why(self, take: Made, sentence: str) -> None:
        if take is self._take:
            self.unmapped.emit(sentence)

    def _measure_next(self) -> None:
        take = self._take
        if take is None or not self._left or self._busy or self._job is not None or not self._engine.ready:
            return
        word, prompts = self._left[0]
        job = self._engine.generate({**same_settings(take.meta), "prompts": prompts})
        self._job = job
        job.finished.connect(lambda made: self._compare(take, word, made[0].figure))
        job.failed.connect(lambda sentence: self._go_on(drop=True))
        job.cancelled.connect(lambda: self._go_on(drop=False))

    def _compare(self, take: Made, word: int, without: Figure) -> None:
        self._go_on(drop=True)
        if take is self._take:
            self.measured.emit(word, effect_between(take.figure, without))

    def _go_on(self, drop: bool) -> None:
        self._job = None
        if drop:
            self._left = self._left[1:]
        if self._left and not self._busy:
            self._next.start(0 if drop else _WAIT_MS)

    def _stop_job(self) -> None:
        if self._job is not None:
            self._job.cancel()


def effect_between(first: Figure, second: Figure) -> Effect:
    """How far two motions are apart in the frames that both have."""
    frames = min(len(first), len(second))
    points = [figure.points_m[:frames] for figure in (first, second)]
    paths = [figure.ground_path_m[:frames] for figure in (first, second)]
    poses = [each - path[:, None] for each, path in zip(points, paths, strict=True)]
    pose_m = np.linalg.norm(poses[0] - poses[1], axis=-1).mean()
    path_m = np.linalg.norm(paths[0][-1] - paths[1][-1])
    return Effect(100.0 * float(pose_m), float(path_m))


def prompts_without_each_word(
    meta: Mapping[str, Any], fps: float, words: tuple[str, ...]
) -> list[tuple[int, list[dict[str, Any]]]]:
    """For each word that can be left out its index, and the prompts of a request without it, as long as before."""
    rows = [row for row in meta.get("prompts") or () if isinstance(row, Mapping)]
    texts = [str(row.get("text", "")) for row in rows]
    lengths = [(float(row.get("end", 0)) - float(row.get("start", 0))) / fps for row in rows]
    found = []
    prompt, place = 0, 0
    for index, word in enumerate(words):
        at = texts[prompt].find(word, place) if prompt < len(texts) else -1
        while at < 0 and prompt < len(texts):
            prompt, place = prompt + 1, 0
            at = texts[prompt].find(word, place) if prompt < len(texts) else -1
        if at < 0:
            break
        place = at + len(word)
        shortened = f"{texts[prompt][:at]} {texts[prompt][place:]}"
        if word.strip(".,;:!?-'’") and shortened.strip(" .,;:!?-'’"):
            changed = [*texts[:prompt], " ".join(shortened.split()), *texts[prompt + 1 :]]
            found.append((index, [{"text": text, "seconds": s} for text, s in zip(changed, lengths, strict=True)]))
    return found


def same_settings(meta: Mapping[str, Any]) -> dict[str, Any]:
    """A request's settings that make a motion as the one with this `meta` was made."""
    return {
        "seed": int(meta.get("seed", 0)),
        "guidance": meta.get("guidance"),
        "flow_steps": meta.get("flow_steps"),
        "preset": str(meta.get("preset", "standard")),
        "loop": bool(meta.get("loop", False)),
        "in_place": bool(meta.get("in_place", False)),
        "cleanup": "cleanup" in meta,
        "variations": 1,
    }
