"""The colors of the timeline beside those of the window: Blender's strips, its ruler, its current frame."""

from __future__ import annotations

from PySide6.QtGui import QColor

TRACK = QColor("#262626")
RULER = QColor("#1d1d1d")
GRID = QColor("#353535")
STRIPS = (QColor("#4d6a8a"), QColor("#5a6186"))
"""Of every other block, so that neighbors are told apart."""
STRIP_SELECTED = QColor("#5b8ac6")
STRIP_OUTLINE = QColor("#161616")
PLAYHEAD = QColor("#4772b3")
RANGE = QColor("#e0913a")
EMPTY_TEXT = QColor("#d8d8d8")
