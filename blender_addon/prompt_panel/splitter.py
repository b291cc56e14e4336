"""Parts of the window side by side, whose borders can be dragged."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSplitter, QWidget


def splitter(orientation: Qt.Orientation, widgets: Sequence[QWidget], stretch: int) -> QSplitter:
    """The widgets in a row or a column; the one at place `stretch` takes what room is left over."""
    result = QSplitter(orientation)
    result.setHandleWidth(5)
    result.setChildrenCollapsible(False)
    for widget in widgets:
        result.addWidget(widget)
    for place in range(len(widgets)):
        result.setStretchFactor(place, 1 if place == stretch else 0)
    return result
