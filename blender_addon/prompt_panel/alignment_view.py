"""What each word did: words × time as a heat map, and what leaving a word out would change.

The shares are those of the engine's alignment: of the attention of each four frames, how much a word got.
"""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QLabel, QScrollArea, QSizePolicy, QToolTip, QVBoxLayout, QWidget

from . import theme
from .playback import Playback
from .word_map import Effect, WordMap, steering, widened

_ROW = 19
_TOP = 17
_RIGHT = 8
_CONTRAST = 0.75
"""Below 1: weak attention is told apart, too."""
_LEAST_BETWEEN = 44.0
"""Pixels from one moment on the ruler to the next."""


class AlignmentView(QWidget):
    """The map of one take. word_played(index): a word was clicked; −1 when everything is to be played again."""

    word_played = Signal(int)

    def __init__(self, playback: Playback, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._map: WordMap | None = None
        self._playback = playback
        self._verdict = QLabel()
        self._verdict.setAccessibleName("How much the words steered")
        self._verdict.setWordWrap(True)
        self._legend = _Legend()
        self.chart = HeatMap(playback)
        self.chart.word_chosen.connect(self._choose)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(self.chart)
        top = QHBoxLayout()
        top.setContentsMargins(4, 0, 4, 0)
        top.addWidget(self._verdict, 1)
        top.addWidget(self._legend)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 6, 6, 4)
        layout.setSpacing(4)
        layout.addLayout(top)
        layout.addWidget(scroll, 1)
        self.show_nothing("Choose a take to see what its words did.")

    @property
    def shown(self) -> WordMap | None:
        """The map that is seen."""
        return self._map

    def show_map(self, found: WordMap) -> None:
        """Show the map of a take; what words have moved comes later, if it does."""
        self._map = found
        ratio = found.alignment.sink_ratio
        self._verdict.setText(f"{steering(ratio)} · SinkRatio {ratio:.2f}")
        self._verdict.setToolTip(
            f"SinkRatio {ratio:.2f}: {ratio:.0%} of the model's attention rested where no word is.\n"
            "What is common in the motion capture, like walking, needs few words and rests high.\n"
            "Where it is high and the motion is not what you asked for: say it more plainly, or raise guidance."
        )
        self._legend.setVisible(True)
        self.chart.show_map(found)

    def show_nothing(self, sentence: str) -> None:
        """Say why there is no map."""
        self._map = None
        self._verdict.setText(sentence)
        self._verdict.setToolTip("")
        self._legend.setVisible(False)
        self.chart.show_map(None)

    def show_effect(self, word: int, effect: Effect) -> None:
        """What leaving a word out changes."""
        self.chart.show_effect(word, effect)

    def show_selected(self, word: int) -> None:
        """Mark the word whose frames are played; −1 for none."""
        self.chart.select(word)

    def _choose(self, word: int) -> None:
        assert self._map is not None
        again = word == self.chart.selected
        self.show_selected(-1 if again else word)
        seconds = self._map.frames / self._map.fps
        self._playback.play_spans(() if again else widened(self._map.spans(word), seconds))
        self.word_played.emit(-1 if again else word)


class HeatMap(QWidget):
    """Rows of words, columns of time. Click or Enter plays a word's frames, arrow keys choose the word."""

    word_chosen = Signal(int)

    def __init__(self, playback: Playback) -> None:
        super().__init__()
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("Words over time")
        self.selected = -1
        self._playback = playback
        self._map: WordMap | None = None
        self._effects: dict[int, Effect] = {}
        self._focused = 0
        playback.ticked.connect(self._tick)

    def show_map(self, found: WordMap | None) -> None:
        """Another take's words."""
        self._map, self._effects, self.selected, self._focused = found, {}, -1, 0
        self.setMinimumHeight(0 if found is None else _TOP + _ROW * len(found.alignment.words) + 4)
        self._describe()
        self.update()

    def show_effect(self, word: int, effect: Effect) -> None:
        """What leaving a word out changes."""
        self._effects[word] = effect
        self._describe()
        self.update()

    def select(self, word: int) -> None:
        """Mark a row."""
        self.selected = word
        self.update()

    def minimumSizeHint(self) -> QSize:  # noqa: N802  (Qt's name)
        return QSize(260, self.minimumHeight())

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802  (Qt's name)
        if self._map is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_ruler(painter)
        top = self._peak
        for word in range(len(self._map.alignment.words)):
            self._paint_row(painter, word, top)
        x = self._x(self._playback.seconds % (self._map.frames / self._map.fps) * self._map.fps)
        painter.setPen(QPen(theme.ACCENT_LIGHT, 1.5))
        painter.drawLine(QPointF(x, _TOP - 4), QPointF(x, self._y(len(self._map.alignment.words))))

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802  (Qt's name)
        word = self._word_at(event.position())
        if word is not None:
            self._focused = word
            self.word_chosen.emit(word)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802  (Qt's name)
        if self._map is None:
            super().keyPressEvent(event)
        elif event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            step = 1 if event.key() == Qt.Key.Key_Down else -1
            self._focused = min(max(self._focused + step, 0), len(self._map.alignment.words) - 1)
            self._describe()
            self.update()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.word_chosen.emit(self._focused)
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            QToolTip.showText(event.globalPos(), self.tip_at(QPointF(event.pos())), self)
            return True
        return super().event(event)

    def tip_at(self, place: QPointF) -> str:
        """The numbers of the cell, or of the word, under a place; empty beside the map."""
        word = self._word_at(place)
        if self._map is None or word is None:
            return ""
        text, effect = self._map.alignment.words[word], self._effects.get(word)
        lines = [f"“{text}”"]
        column = self._column_at(place)
        if column is not None:
            start = self._map.alignment.frame_starts[column]
            share = self._map.weights[word, column]
            lines.append(f"{share:.1%} of the attention at {start / self._map.fps:.2f} s (frame {start})")
        lines.append(f"{self._map.shares()[word]:.0%} of what all words got")
        if effect is not None:
            lines.append(
                f"Without it, with the same seed: the body {effect.pose_cm:.1f} cm different on average, the way ends "
                f"{effect.path_m:.2f} m elsewhere"
            )
        lines.append("Click: play the frames that listen to it most")
        return "\n".join(lines)

    @property
    def _peak(self) -> float:
        """Full color: what only a few cells exceed, so that one of them does not darken all others."""
        assert self._map is not None
        weights = self._map.weights
        return max(float(np.percentile(weights, 97)) if weights.size else 0.0, 1e-6)

    @property
    def _left(self) -> float:
        assert self._map is not None
        widest = max((self._metrics.horizontalAdvance(word) for word in self._map.alignment.words), default=40)
        return min(widest, 110) + _EFFECT_WIDTH + 22.0

    @property
    def _metrics(self) -> QFontMetrics:
        return QFontMetrics(self.font())

    def _x(self, frame: float) -> float:
        assert self._map is not None
        return self._left + frame / self._map.frames * (self.width() - self._left - _RIGHT)

    def _y(self, word: int) -> float:
        return _TOP + word * _ROW

    def _word_at(self, place: QPointF) -> int | None:
        if self._map is None or place.y() < _TOP:
            return None
        word = int((place.y() - _TOP) // _ROW)
        return word if word < len(self._map.alignment.words) else None

    def _column_at(self, place: QPointF) -> int | None:
        assert self._map is not None
        share = (place.x() - self._left) / max(self.width() - self._left - _RIGHT, 1.0)
        if not 0.0 <= share < 1.0:
            return None
        starts = np.array(self._map.alignment.frame_starts)
        return int(np.searchsorted(starts, share * self._map.frames, side="right") - 1)

    def _tick(self, seconds: float) -> None:
        if self._map is not None and self.isVisible():
            self.update()

    def _describe(self) -> None:
        if self._map is None:
            self.setAccessibleDescription("")
            return
        shares = self._map.shares()
        told = (f"{word} {share:.0%}" for word, share in zip(self._map.alignment.words, shares, strict=True))
        words = ", ".join(f"{each}{self._moved(word)}" for word, each in enumerate(told))
        chosen = self._map.alignment.words[self._focused] if self._map.alignment.words else "none"
        self.setAccessibleDescription(
            f"Part of the attention of each word, and what it moves: {words}. "
            f"Up and Down choose a word (now {chosen}), Enter plays it."
        )

    def _moved(self, word: int) -> str:
        effect = self._effects.get(word)
        return "" if effect is None else f" moves {effect.pose_cm:.1f} cm"

    def _paint_ruler(self, painter: QPainter) -> None:
        assert self._map is not None
        painter.setFont(theme.quiet_font(self.font(), 0.85))
        painter.setPen(theme.MUTED)
        painter.drawText(
            QRectF(self._left - _EFFECT_WIDTH - 10, 0, _EFFECT_WIDTH, _TOP - 3),
            int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter),
            "moves",
        )
        seconds = self._map.frames / self._map.fps
        room = self._x(self._map.fps) - self._x(0.0)
        step = next((step for step in (0.5, 1.0, 2.0, 5.0, 10.0) if step * room >= _LEAST_BETWEEN), 20.0)
        for moment in np.arange(0.0, seconds, step).tolist():
            x = self._x(moment * self._map.fps)
            painter.drawText(QRectF(x + 2, 0, 60, _TOP - 3), int(Qt.AlignmentFlag.AlignVCenter), f"{moment:g} s")

    def _paint_row(self, painter: QPainter, word: int, peak: float) -> None:
        assert self._map is not None
        y = self._y(word)
        if word == self.selected:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.mixed(theme.PANEL, theme.ACCENT, 0.5))
            painter.drawRoundedRect(QRectF(2, y, self.width() - 4, _ROW - 1), 3, 3)
        self._paint_word(painter, word, y)
        starts = [*self._map.alignment.frame_starts, self._map.frames]
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        for column, weight in enumerate(self._map.alignment.weights[word]):
            left, right = self._x(starts[column]), self._x(starts[column + 1])
            painter.setBrush(heat((weight / peak) ** _CONTRAST))
            painter.drawRect(QRectF(left, y + 1, right - left + 0.5, _ROW - 3))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.hasFocus() and word == self._focused:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor("#ffffff"), 1.0, Qt.PenStyle.DashLine))
            painter.drawRoundedRect(QRectF(2.5, y + 0.5, self.width() - 5, _ROW - 2), 3, 3)

    def _paint_word(self, painter: QPainter, word: int, y: float) -> None:
        assert self._map is not None
        painter.setFont(self.font())
        painter.setPen(theme.TEXT)
        room = self._left - _EFFECT_WIDTH - 20
        text = self._metrics.elidedText(self._map.alignment.words[word], Qt.TextElideMode.ElideRight, int(room))
        painter.drawText(QRectF(8, y, room, _ROW - 1), int(Qt.AlignmentFlag.AlignVCenter), text)
        effect = self._effects.get(word)
        if effect is None:
            return
        moved = effect.pose_cm
        strongest = max(1.0, *(each.pose_cm for each in self._effects.values()))
        bar = QRectF(self._left - _EFFECT_WIDTH - 8, y + _ROW - 5, (_EFFECT_WIDTH - 2) * moved / strongest, 2)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.STAR)
        painter.drawRect(bar)
        painter.setFont(theme.quiet_font(self.font(), 0.82))
        painter.setPen(theme.MUTED)
        figures = f"{moved:.0f} cm" if moved >= 9.95 else f"{moved:.1f} cm"
        painter.drawText(
            QRectF(self._left - _EFFECT_WIDTH - 8, y - 1, _EFFECT_WIDTH - 2, _ROW - 3),
            int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter),
            figures,
        )


_EFFECT_WIDTH = 50.0
_HEAT = (QColor("#262b33"), QColor("#2f4a78"), QColor("#4f86d9"), QColor("#bcd6ff"))


def heat(share: float) -> QColor:
    """From the field's color to nearly white, ever lighter: it reads the same without colors."""
    place = min(max(share, 0.0), 1.0) * (len(_HEAT) - 1)
    first = min(int(place), len(_HEAT) - 2)
    return theme.mixed(_HEAT[first], _HEAT[first + 1], place - first)


class _Legend(QWidget):
    """What the shades of the map mean."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedSize(210, 16)
        self.setToolTip(
            "Each cell: how much of the model's attention the word got at that time. “moves”: see a word's tip."
        )

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802  (Qt's name)
        painter = QPainter(self)
        painter.setFont(theme.quiet_font(self.font(), 0.85))
        painter.setPen(theme.MUTED)
        painter.drawText(
            QRectF(0, 0, 76, 16), int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter), "no attention"
        )
        painter.drawText(QRectF(174, 0, 36, 16), int(Qt.AlignmentFlag.AlignVCenter), "most")
        for step in range(24):
            painter.fillRect(QRectF(82 + step * 3.6, 4, 3.8, 8), heat(step / 23.0))
