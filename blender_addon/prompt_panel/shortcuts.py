"""The window's keys, beside those of its parts."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut

if TYPE_CHECKING:
    from .window import Window


def add_shortcuts(window: Window) -> None:
    """Generate, switch live mode, play, and go to each part of the window."""
    keys = {
        "Ctrl+Return": window.generate,
        "Ctrl+Enter": window.generate,
        "Ctrl+L": window.column.live.toggle,
        "Ctrl+1": window.column.prompt.setFocus,
        "Ctrl+2": window.viewer.canvas.setFocus,
        "Ctrl+3": partial(_go_to_tab, window, 0),
        "Ctrl+4": partial(_go_to_tab, window, 1),
        "Ctrl+Space": lambda: window.playback.set_playing(not window.playback.playing),
    }
    for key, act in keys.items():
        QShortcut(QKeySequence(key), window, act)


def _go_to_tab(window: Window, index: int) -> None:
    window.tabs.setCurrentIndex(index)
    window.tabs.currentWidget().setFocus(Qt.FocusReason.ShortcutFocusReason)
