"""The one clock that every moving figure of the window follows."""

from __future__ import annotations

import time

from PySide6.QtCore import QObject, Qt, QTimer, Signal

INTERVAL_MS = 16
_LONGEST_STEP_S = 0.25
"""After a pause of the whole program (a dialog of the system), the motion goes on where it was."""

Spans = tuple[tuple[float, float], ...]


class Playback(QObject):
    """Seconds that run while `playing`. ticked: every picture's moment has come. moved: the user has chosen a moment.

    spans: stretches of seconds that are played one after another instead of everything; empty for everything.
    """

    ticked = Signal(float)
    moved = Signal(float)
    playing_changed = Signal(bool)
    spans_changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.seconds = 0.0
        self.playing = True
        self.spans: Spans = ()
        self._last = time.perf_counter()
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(INTERVAL_MS)
        self._timer.timeout.connect(self._tick)

    def start(self) -> None:
        """Begin to tick; the window is shown."""
        self._last = time.perf_counter()
        self._timer.start()

    def stop(self) -> None:
        """Nothing is seen any more."""
        self._timer.stop()

    def set_playing(self, playing: bool) -> None:
        """Go on, or hold still."""
        if playing != self.playing:
            self.playing = playing
            self._last = time.perf_counter()
            self.playing_changed.emit(playing)

    def seek(self, seconds: float) -> None:
        """Show a moment that the user has chosen in this window."""
        self.follow(seconds)
        self.moved.emit(self.seconds)

    def follow(self, seconds: float) -> None:
        """Show a moment that was chosen elsewhere."""
        self.seconds = max(seconds, 0.0)
        self.ticked.emit(self.seconds)

    def play_spans(self, spans: Spans) -> None:
        """Play only these stretches from now on, from the first; everything again where there are none."""
        self.spans = spans
        if spans:
            self.seconds = spans[0][0]
            self.set_playing(True)
        self.spans_changed.emit()

    def _tick(self) -> None:
        now = time.perf_counter()
        step, self._last = min(now - self._last, _LONGEST_STEP_S), now
        if self.playing:
            self.seconds += step
            if self.spans:
                self.seconds = _within(self.seconds, self.spans)
        self.ticked.emit(self.seconds)


def _within(seconds: float, spans: Spans) -> float:
    """The same moment where it lies in a span, else the beginning of the one that is next in turn."""
    for start, end in spans:
        if seconds < start:
            return start
        if seconds < end:
            return seconds
    return spans[0][0]
