"""The takes as cards, each with its own small moving figure; one clock draws them all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QWheelEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLayout, QLayoutItem, QScrollArea, QToolButton, QVBoxLayout, QWidget

from . import icons, theme
from .camera import Camera
from .figure import Figure
from .motion_files import MotionFiles
from .playback import Playback
from .project import Project, Take
from .small_stage import SMALL_CAMERA, small_pictures
from .take_card import PendingCard, TakeCard

_CARD_WIDTH = 148
_GAP = 6
_DISTANCES_M = (2.0, 9.0)


class TakesView(QWidget):
    """The newest takes first. Signals carry motion ids; `figure_wanted` asks for the motion of a card that is seen."""

    show_wanted = Signal(str)
    compare_wanted = Signal(str)
    star_wanted = Signal(str)
    keep_wanted = Signal(str)
    delete_wanted = Signal(str)
    reuse_wanted = Signal(str)
    bake_wanted = Signal(str)
    preview_wanted = Signal(str)
    export_wanted = Signal(str, str)
    bvh_soon = Signal(str)
    figure_wanted = Signal(str)
    cancel_wanted = Signal()

    def __init__(self, playback: Playback, motions: MotionFiles, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._motions = motions
        self.setObjectName("region")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._playback = playback
        self._cards: dict[str, TakeCard] = {}
        self._pending: list[PendingCard] = []
        self._rig = ""
        self._heading = QLabel("Takes")
        self._heading.setObjectName("heading")
        self._starred_only = QToolButton()
        self._starred_only.setObjectName("flat")
        self._starred_only.setCheckable(True)
        self._starred_only.setIcon(icons.icon("star_empty"))
        self._starred_only.setToolTip("Show only the takes with a star")
        self._starred_only.setAccessibleName("Only starred takes")
        self._starred_only.toggled.connect(self._filter)
        self._empty = QLabel("Every motion that you make stays here: star it, compare it, drag it out.")
        self._empty.setObjectName("quiet")
        self._empty.setWordWrap(True)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._inside = QWidget()
        self._flow = FlowLayout(self._inside, _GAP, _CARD_WIDTH)
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setWidget(self._inside)
        self._lay_out()
        self._camera = SMALL_CAMERA
        self._moment: object = None
        self._scroll.viewport().installEventFilter(self)
        playback.ticked.connect(self._tick)

    @property
    def cards(self) -> Mapping[str, TakeCard]:
        """By motion id."""
        return self._cards

    def show_project(self, project: Project) -> None:
        """Show the takes of a project; cards of motions that are known already stay as they are."""
        wanted = {take.motion_id for take in project.takes}
        for motion_id in [known for known in self._cards if known not in wanted]:
            self._drop(self._cards.pop(motion_id))
        for take in project.takes:
            if take.motion_id in self._cards:
                self._cards[take.motion_id].show_take(take)
            else:
                self._cards[take.motion_id] = self._new_card(take)
        self._arrange(project)

    def show_figure(self, motion_id: str, figure: Figure) -> None:
        """Let a card move."""
        if motion_id in self._cards:
            self._cards[motion_id].show_figure(figure)

    def show_missing(self, motion_id: str, sentence: str) -> None:
        """Say on a card why nothing moves there."""
        if motion_id in self._cards:
            self._cards[motion_id].show_missing(sentence)

    def show_pending(self, count: int, prompt: str) -> None:
        """Show where the takes that are being made will be; none where count is 0."""
        for card in self._pending:
            self._drop(card)
        self._pending = []
        for _ in range(count):
            card = PendingCard(prompt)
            card.cancel_wanted.connect(self.cancel_wanted)
            self._pending.append(card)
            self._flow.insert(len(self._pending) - 1, card)
        self._empty.setVisible(not self._cards and not self._pending)

    def show_progress(self, fraction: float) -> None:
        """How far the takes that are being made are."""
        for card in self._pending:
            card.show_progress(fraction)

    def show_roles(self, shown: Iterable[str]) -> None:
        """Mark the cards that the viewer shows: the first, and the second where two are compared."""
        letters = dict(zip(shown, "AB", strict=False))
        for motion_id, card in self._cards.items():
            card.show_role(letters.get(motion_id, ""), len(letters) == 2)

    def set_rig(self, rig: str) -> None:
        """The rig that takes can be baked onto; empty where there is none."""
        self._rig = rig
        for card in self._cards.values():
            card.set_rig(rig)

    def look_from(self, side: Camera) -> None:
        """See all takes from the side of another eye; how near stays."""
        self._camera = replace(self._camera, azimuth_rad=side.azimuth_rad, elevation_rad=side.elevation_rad)
        self._tick(self._playback.seconds)

    def zoom(self, factor: float) -> None:
        """See all takes from nearer (factor < 1) or from further away."""
        nearest, farthest = _DISTANCES_M
        distance = min(max(self._camera.distance_m * factor, nearest), farthest)
        self._camera = replace(self._camera, distance_m=distance)
        self._tick(self._playback.seconds)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802  (Qt's name)
        if isinstance(event, QWheelEvent) and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.zoom(0.999 ** event.angleDelta().y())
            return True
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent) and isinstance(watched, TakeCard):
            return self._press(watched, Qt.Key(event.key()))
        return super().eventFilter(watched, event)

    def _press(self, card: TakeCard, key: Qt.Key) -> bool:
        zooms = {Qt.Key.Key_Plus: 0.9, Qt.Key.Key_Equal: 0.9, Qt.Key.Key_Minus: 1.0 / 0.9}
        if key not in zooms:
            return self._walk(card, key)
        self.zoom(zooms[key])
        return True

    def _walk(self, card: TakeCard, key: Qt.Key) -> bool:
        """Arrow keys go from card to card."""
        cards = [each for each in self._flow.widgets if isinstance(each, TakeCard) and not each.isHidden()]
        columns = self._flow.columns
        steps = {
            Qt.Key.Key_Left: -1,
            Qt.Key.Key_Right: 1,
            Qt.Key.Key_Up: -columns,
            Qt.Key.Key_Down: columns,
        }
        if key not in steps or card not in cards:
            return False
        place = cards.index(card) + steps[key]
        if 0 <= place < len(cards):
            cards[place].setFocus(Qt.FocusReason.TabFocusReason)
            self._scroll.ensureWidgetVisible(cards[place])
        return True

    def _new_card(self, take: Take) -> TakeCard:
        card = TakeCard(take, self._motions, self._rig)
        card.installEventFilter(self)
        for name in (
            *("show_wanted", "compare_wanted", "star_wanted", "keep_wanted", "delete_wanted", "reuse_wanted"),
            *("bake_wanted", "preview_wanted", "export_wanted", "bvh_soon"),
        ):
            getattr(card, name).connect(getattr(self, name))
        self.figure_wanted.emit(take.motion_id)
        return card

    def _arrange(self, project: Project) -> None:
        ordered = sorted(project.takes, key=lambda take: take.created, reverse=True)  # those made together as they came
        self._flow.arrange([*self._pending, *(self._cards[take.motion_id] for take in ordered)])
        starred = sum(take.starred for take in project.takes)
        self._heading.setText(f"Takes  {len(project.takes)}" if project.takes else "Takes")
        self._starred_only.setVisible(starred > 0 or self._starred_only.isChecked())
        self._empty.setVisible(not project.takes and not self._pending)
        self._filter()

    def _filter(self) -> None:
        only = self._starred_only.isChecked()
        self._starred_only.setIcon(icons.icon("star" if only else "star_empty"))
        for card in self._cards.values():
            card.setVisible(not only or card.take.starred)
        self._flow.invalidate()

    def _drop(self, card: QWidget) -> None:
        self._flow.remove(card)
        card.hide()
        card.deleteLater()

    def _tick(self, seconds: float) -> None:
        if not self.isVisible():
            return
        seen = QRect(QPoint(0, self._scroll.verticalScrollBar().value()), self._scroll.viewport().size())
        cards = [
            (card, card.figure)
            for card in self._cards.values()
            if card.figure is not None and card.isVisible() and card.geometry().intersects(seen)
        ]
        moment = (seconds, self._camera, cards, cards[0][0].size() if cards else None)
        if moment != self._moment:
            self._moment = moment
            self._show_moment(cards, seconds)

    def _show_moment(self, cards: Sequence[tuple[TakeCard, Figure]], seconds: float) -> None:
        if cards:
            rect = cards[0][0].picture_rect  # they are all of one size
            figures = [figure for _, figure in cards]
            pictures = small_pictures(figures, seconds, self._camera, rect, self.devicePixelRatioF())
            for (card, _), picture in zip(cards, pictures, strict=True):
                card.show_picture(picture)

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.setContentsMargins(2, 0, 2, 0)
        top.addWidget(self._heading)
        top.addStretch(1)
        top.addWidget(self._starred_only)
        self._starred_only.hide()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(theme.MARGIN, theme.MARGIN, 4, theme.MARGIN)
        layout.setSpacing(theme.SPACING)
        layout.addLayout(top)
        layout.addWidget(self._empty)
        layout.addWidget(self._scroll, 1)


@dataclass
class _Row:
    item: QLayoutItem
    widget: QWidget


class FlowLayout(QLayout):
    """Cards of one size in as many columns as have room, each at least `least_width` pixels wide."""

    def __init__(self, parent: QWidget, gap: int, least_width: int) -> None:
        super().__init__(parent)
        self._rows: list[_Row] = []
        self._gap, self._least_width = gap, least_width
        self.columns = 1
        self.setContentsMargins(0, 0, 0, 0)

    def insert(self, place: int, widget: QWidget) -> None:
        """Add a card before another."""
        self.addWidget(widget)
        self._rows.insert(place, self._rows.pop())
        self.invalidate()

    def arrange(self, widgets: list[QWidget]) -> None:
        """Have exactly these cards, in this order."""
        known = {id(row.widget): row for row in self._rows}
        for widget in widgets:
            if id(widget) not in known:
                self.addWidget(widget)
                widget.show()
                known[id(widget)] = self._rows[-1]
        self._rows = [known[id(widget)] for widget in widgets]
        self.invalidate()

    def remove(self, widget: QWidget) -> None:
        """Take a card out."""
        self._rows = [row for row in self._rows if row.widget is not widget]
        self.invalidate()

    @property
    def widgets(self) -> list[QWidget]:
        """The cards, in order."""
        return [row.widget for row in self._rows]

    def addItem(self, item: QLayoutItem) -> None:  # noqa: N802  (Qt's name)
        widget = item.widget()
        assert widget is not None
        self._rows.append(_Row(item, widget))

    def count(self) -> int:
        return len(self._rows)

    def itemAt(self, place: int) -> QLayoutItem | None:  # noqa: N802  (Qt's name)
        return self._rows[place].item if 0 <= place < len(self._rows) else None

    def takeAt(self, place: int) -> QLayoutItem | None:  # noqa: N802  (Qt's name)
        return self._rows.pop(place).item if 0 <= place < len(self._rows) else None

    def hasHeightForWidth(self) -> bool:  # noqa: N802  (Qt's name)
        return True

    def heightForWidth(self, width: int) -> int:  # noqa: N802  (Qt's name)
        return self._placed(QRect(0, 0, width, 0), move=False)

    def sizeHint(self) -> QSize:  # noqa: N802  (Qt's name)
        return self.minimumSize()

    def minimumSize(self) -> QSize:  # noqa: N802  (Qt's name)
        return QSize(self._least_width, 40)

    def setGeometry(self, rect: QRect) -> None:  # noqa: N802  (Qt's name)
        super().setGeometry(rect)
        self._placed(rect, move=True)

    def _placed(self, rect: QRect, move: bool) -> int:
        """The height that the cards take; each is put there where `move`."""
        columns = max(1, (rect.width() + self._gap) // (self._least_width + self._gap))
        width = (rect.width() - self._gap * (columns - 1)) // columns
        seen = [row for row in self._rows if not row.widget.isHidden()]
        y = rect.y()
        for first in range(0, len(seen), columns):
            line = seen[first : first + columns]
            height = max(row.widget.heightForWidth(width) for row in line)
            for column, row in enumerate(line):
                if move:
                    row.item.setGeometry(QRect(rect.x() + column * (width + self._gap), y, width, height))
            y += height + self._gap
        if move:
            self.columns = columns
        return max(y - self._gap - rect.y(), 0)
