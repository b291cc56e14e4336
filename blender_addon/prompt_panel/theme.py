"""How the window looks: the colors and shapes of Blender's default dark theme, at any scale of its interface."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QDir
from PySide6.QtGui import QColor, QFont, QFontDatabase, QFontMetrics, QPalette
from PySide6.QtWidgets import QApplication, QStyleFactory, QWidget

BACKGROUND = QColor("#1d1d1d")
PANEL = QColor("#303030")
RAISED = QColor("#3d3d3d")
FIELD = QColor("#1d1d1d")
WIDGET = QColor("#545454")
OUTLINE = QColor("#1a1a1a")
TEXT = QColor("#e6e6e6")
MUTED = QColor("#a0a0a0")
ACCENT = QColor("#4772b3")
ACCENT_LIGHT = QColor("#7aa5e6")
WARNING = QColor("#e0b050")
ERROR = QColor("#f08070")
GOOD = QColor("#8fce7a")
STAR = QColor("#f2c14e")

VIEWPORT_TOP, VIEWPORT_BOTTOM = QColor("#404040"), QColor("#2b2b2b")
GRID = QColor("#555555")
PATH_BEHIND, PATH_AHEAD = QColor("#f0c060"), QColor("#7d6f55")
CONTACT = QColor("#8fe07a")
BODY_MIDDLE, BODY_LEFT, BODY_RIGHT = QColor("#d8d3ca"), QColor("#f0b064"), QColor("#4a86d6")
"""Told apart without colors, too: left limbs are the lighter ones."""

_FOLDER = Path(__file__).parent

MARGIN = 8
SPACING = 6

_POINTS = 9.5
_FAMILIES = ("Inter", "Segoe UI", "SF Pro Text", "Noto Sans", "DejaVu Sans")


def apply(application: QApplication) -> None:
    """Give a whole application this theme."""
    application.setStyle(QStyleFactory.create("Fusion"))
    application.setPalette(_palette())
    application.setFont(_font())
    QDir.addSearchPath("prompt-panel", str(_FOLDER))
    application.setStyleSheet((_FOLDER / "theme.css").read_text(encoding="utf-8"))


def quiet_font(font: QFont, share: float = 0.88) -> QFont:
    """The same font, smaller: for what stands beside the things themselves."""
    small = QFont(font)
    small.setPointSizeF(font.pointSizeF() * share)
    return small


def mixed(first: QColor, second: QColor, share: float) -> QColor:
    """A color `share` (0..1) of the way from the first to the second."""
    rest = 1.0 - share
    return QColor.fromRgbF(
        first.redF() * rest + second.redF() * share,
        first.greenF() * rest + second.greenF() * share,
        first.blueF() * rest + second.blueF() * share,
    )


def _font() -> QFont:
    """Blender's own face where the system has it, else one that reads as well at small sizes."""
    known = set(QFontDatabase.families())
    font = QFont(next((family for family in _FAMILIES if family in known), QFont().family()))
    font.setPointSizeF(_POINTS)
    return font


def _palette() -> QPalette:
    palette = QPalette()
    roles = {
        QPalette.ColorRole.Window: PANEL,
        QPalette.ColorRole.WindowText: TEXT,
        QPalette.ColorRole.Base: FIELD,
        QPalette.ColorRole.AlternateBase: RAISED,
        QPalette.ColorRole.Text: TEXT,
        QPalette.ColorRole.PlaceholderText: QColor("#8a8a8a"),
        QPalette.ColorRole.Button: WIDGET,
        QPalette.ColorRole.ButtonText: TEXT,
        QPalette.ColorRole.BrightText: QColor("#ffffff"),
        QPalette.ColorRole.Highlight: ACCENT,
        QPalette.ColorRole.HighlightedText: QColor("#ffffff"),
        QPalette.ColorRole.Link: ACCENT_LIGHT,
        QPalette.ColorRole.ToolTipBase: BACKGROUND,
        QPalette.ColorRole.ToolTipText: TEXT,
        QPalette.ColorRole.Light: RAISED,
        QPalette.ColorRole.Mid: OUTLINE,
        QPalette.ColorRole.Dark: OUTLINE,
    }
    for role, color in roles.items():
        palette.setColor(role, color)
    for role in (QPalette.ColorRole.Text, QPalette.ColorRole.ButtonText, QPalette.ColorRole.WindowText):
        palette.setColor(QPalette.ColorGroup.Disabled, role, QColor("#808080"))
    return palette


def quiet_metrics(widget: QWidget) -> QFontMetrics:
    """Of `quiet_font` on a widget."""
    return QFontMetrics(quiet_font(widget.font()))
