"""Choosing which parts of the body stay as they are: a button that says them, and a menu that stays open."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Signal
from PySide6.QtGui import QAction, QKeyEvent, QMouseEvent, Qt
from PySide6.QtWidgets import QMenu, QToolButton, QWidget

from ..project import LOCKS

_PARTS_OF = {"upper_body": {"head", "torso", "left_arm", "right_arm"}, "lower_body": {"left_leg", "right_leg"}}
_TITLES = {
    "upper_body": "Upper body",
    "lower_body": "Lower body and path",
    "left_arm": "Left arm",
    "right_arm": "Right arm",
    "left_leg": "Left leg",
    "right_leg": "Right leg",
    "torso": "Torso",
    "head": "Head",
}


def keeps_everything(locks: tuple[str, ...]) -> bool:
    """Whether nothing is left that could be made anew."""
    return "lower_body" in locks and ("upper_body" in locks or _PARTS_OF["upper_body"] <= set(locks))


def in_words(locks: tuple[str, ...]) -> str:
    """The parts in one line."""
    return ", ".join(_TITLES[lock].lower() for lock in LOCKS if lock in locks) or "nothing"


class LockButton(QToolButton):
    """Says and chooses what is kept. chosen(tuple of LOCKS)."""

    chosen = Signal(tuple)

    def __init__(self, what: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._what = what
        self._locks: tuple[str, ...] = ()
        self._short = False
        self._menu = _LastingMenu(self)
        self._actions = {lock: self._action(lock) for lock in LOCKS}
        self.setMenu(self._menu)
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.show_locks(())

    def set_short(self, short: bool) -> None:
        """Whether there is only room for how many parts are kept."""
        if short != self._short:
            self._short = short
            self.show_locks(self._locks)

    def show_locks(self, locks: tuple[str, ...]) -> None:
        """Show what is kept now."""
        self._locks = locks
        covered = {part for whole in locks for part in _PARTS_OF.get(whole, ())}
        for lock, action in self._actions.items():
            action.setChecked(lock in locks or lock in covered)
            action.setEnabled(lock not in covered)
        words = in_words(locks)
        self.setText(self._label(words))
        self.setAccessibleName(f"Parts of the body to keep in {self._what}")
        self.setAccessibleDescription(words)
        self.setToolTip(f"What of the body stays as it is when {self._what} is made anew. Kept: {words}.")

    def _label(self, words: str) -> str:
        if self._short:
            return f"Keep {len(self._locks)}" if self._locks else "Keep"
        return f"Keep: {words if len(words) < 24 else f'{len(self._locks)} parts'}"

    def _action(self, lock: str) -> QAction:
        action = self._menu.addAction(_TITLES[lock])
        action.setCheckable(True)
        action.triggered.connect(self._choose)
        return action

    def _choose(self) -> None:
        checked = {lock for lock, action in self._actions.items() if action.isChecked() and action.isEnabled()}
        covered = {part for whole in checked for part in _PARTS_OF.get(whole, ())}
        self.chosen.emit(tuple(lock for lock in LOCKS if lock in checked - covered))


class _LastingMenu(QMenu):
    """Several parts are chosen in a row: only a press outside, Enter or Escape closes it."""

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802  (Qt's name)
        action = self.actionAt(event.position().toPoint())
        if action is not None and action.isEnabled():
            action.trigger()
        elif not self.rect().contains(QPoint(event.position().toPoint())):
            super().mouseReleaseEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802  (Qt's name)
        action = self.activeAction()
        if event.key() == Qt.Key.Key_Space and action is not None and action.isEnabled():
            action.trigger()
        else:
            super().keyPressEvent(event)
