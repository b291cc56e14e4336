"""How motions are made, and with what: length, variations, preset, guidance, seed, switches, model, engine."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from typing import TypeVar

from PySide6.QtCore import QObject, QRegularExpression, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QRegularExpressionValidator
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QSizePolicy,
    QSpinBox,
    QToolButton,
    QWidget,
)

from ..engine_link.answers import Info
from . import icons, theme
from .engine_client import Condition, EngineState
from .project import LARGEST_GUIDANCE, LARGEST_SEED, MOST_VARIATIONS, Settings

Spin = TypeVar("Spin", QSpinBox, QDoubleSpinBox)
Named = TypeVar("Named", bound=QWidget)

_DRAWN_SEEDS = 2**31
_MODELS_OWN = -0.5
"""The spin box's lowest value, which stands for the preset's own guidance."""
_PRESET_TIPS = {
    "draft": "fastest; what live mode uses",
    "standard": "a good take in well under a second",
    "best": "slowest; the finest timing and contacts",
}


class Controls(QWidget):
    """The settings of the next generation. changed(Settings) comes with every choice of the user."""

    changed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._settings = Settings()
        self.automatic = _check(
            "Auto", "Take the length from the words: “twice”, “for five seconds”, actions in a row."
        )
        self.automatic.setAccessibleName("Automatic length")
        self.seconds = _spin(QDoubleSpinBox(), "Length", "How long the motion is, in seconds.")
        self.seconds.setRange(0.5, 120.0)
        self.seconds.setSingleStep(0.5)
        self.seconds.setDecimals(1)
        self.seconds.setSuffix(" s")
        self.variations = _spin(QSpinBox(), "Takes", "How many different motions are made at once.")
        self.variations.setRange(1, MOST_VARIATIONS)
        self.preset = QComboBox()
        _name(self.preset, "Quality", "")
        self.guidance = _spin(QDoubleSpinBox(), "Guidance", "")
        self.guidance.setRange(_MODELS_OWN, LARGEST_GUIDANCE)
        self.guidance.setSingleStep(0.5)
        self.guidance.setDecimals(1)
        self.guidance.setSpecialValueText("Automatic")
        self.seed = SeedField()
        self.loop = _check("Loop", "The last frame meets the first, for cycles.")
        self.in_place = _check("In place", "Stay on the spot: no travel over the ground.")
        self.cleanup = _check("Clean up feet", "Feet that stand hold still, and none goes through the floor.")
        self._lay_out()
        self._listen()
        self.show_settings(self._settings)
        self.show_info(None)

    def show_settings(self, settings: Settings) -> None:
        """Show what was chosen elsewhere; nothing is emitted."""
        self._settings = settings
        if self.preset.findData(settings.preset) < 0:
            self._add_preset(settings.preset)
        setters: list[tuple[QObject, Callable[[], object]]] = [
            (self.automatic, lambda: self.automatic.setChecked(settings.automatic_length)),
            (self.seconds, lambda: self.seconds.setValue(settings.seconds)),
            (self.variations, lambda: self.variations.setValue(settings.variations)),
            (self.preset, lambda: self.preset.setCurrentIndex(self.preset.findData(settings.preset))),
            (
                self.guidance,
                lambda: self.guidance.setValue(_MODELS_OWN if settings.guidance is None else settings.guidance),
            ),
            (self.loop, lambda: self.loop.setChecked(settings.loop)),
            (self.in_place, lambda: self.in_place.setChecked(settings.in_place)),
            (self.cleanup, lambda: self.cleanup.setChecked(settings.cleanup)),
        ]
        for widget, put in setters:
            blocker = QSignalBlocker(widget)
            put()
            blocker.unblock()
        self.seed.show_seed(settings.seed)
        self.seconds.setEnabled(not settings.automatic_length)

    def show_info(self, info: Info | None) -> None:
        """Offer what the engine's model can do."""
        presets = dict(info.presets) if info is not None else {}
        names = list(presets) or ["draft", "standard", "best"]
        if [self.preset.itemData(row) for row in range(self.preset.count())] != names:
            blocker = QSignalBlocker(self.preset)
            self.preset.clear()
            for name in (*names, *([self._settings.preset] if self._settings.preset not in names else [])):
                self._add_preset(name)
            self.preset.setCurrentIndex(self.preset.findData(self._settings.preset))
            blocker.unblock()
        tips = "\n".join(f"{name.capitalize()}: {_PRESET_TIPS[name]}" for name in names if name in _PRESET_TIPS)
        self.preset.setToolTip(f"How much time the model takes.\n{tips}")
        own = presets.get(self._settings.preset, {}).get("guidance")
        standard = "" if own is None else f" Automatic is {own:g} here."
        self.guidance.setToolTip(f"How closely the words are followed: low is freer, high is stricter.{standard}")
        if info is not None:
            self.seconds.setMaximum(info.max_seconds)

    def _add_preset(self, name: str) -> None:
        self.preset.addItem(name.capitalize(), name)

    def _lay_out(self) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(theme.MARGIN)
        grid.setVerticalSpacing(5)
        grid.setColumnStretch(1, 1)
        length = QHBoxLayout()
        length.setSpacing(6)
        length.addWidget(self.seconds, 1)
        length.addWidget(self.automatic)
        rows: list[tuple[str, QWidget, QHBoxLayout | QWidget]] = [
            ("&Length", self.seconds, length),
            ("&Takes", self.variations, self.variations),
            ("&Quality", self.preset, self.preset),
            ("G&uidance", self.guidance, self.guidance),
            ("S&eed", self.seed.field, self.seed),
        ]
        for row, (text, buddy, content) in enumerate(rows):
            label = QLabel(text)
            label.setObjectName("quiet")
            label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            label.setBuddy(buddy)
            grid.addWidget(label, row, 0)
            if isinstance(content, QWidget):
                grid.addWidget(content, row, 1)
            else:
                grid.addLayout(content, row, 1)
        for number, switch in enumerate((self.loop, self.in_place, self.cleanup)):
            grid.addWidget(switch, len(rows) + number, 1)
        ways = (self.seconds, self.automatic, self.variations, self.preset, self.guidance)
        further = (self.seed.field, self.seed.pin, self.seed.roll, self.loop, self.in_place, self.cleanup)
        for before, after in pairwise((*ways, *further)):
            QWidget.setTabOrder(before, after)

    def _listen(self) -> None:
        for check in (self.automatic, self.loop, self.in_place, self.cleanup):
            check.toggled.connect(self._take)
        for spin in (self.seconds, self.variations, self.guidance):
            spin.valueChanged.connect(self._take)
        self.preset.currentIndexChanged.connect(self._take)
        self.seed.changed.connect(self._take)

    def _take(self) -> None:
        guidance = self.guidance.value()
        self._settings = Settings(
            preset=str(self.preset.currentData() or self._settings.preset),
            guidance=None if guidance < 0 else guidance,
            seed=self.seed.seed,
            variations=self.variations.value(),
            loop=self.loop.isChecked(),
            in_place=self.in_place.isChecked(),
            cleanup=self.cleanup.isChecked(),
            automatic_length=self.automatic.isChecked(),
            seconds=self.seconds.value(),
        )
        self.seconds.setEnabled(not self._settings.automatic_length)
        self.changed.emit(self._settings)


class SeedField(QWidget):
    """A seed that is drawn anew each time, or pinned. seed: None where it is drawn."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.seed: int | None = None
        self.field = QLineEdit()
        self.field.setValidator(QRegularExpressionValidator(QRegularExpression(r"\d{0,16}")))
        self.field.setPlaceholderText("New")
        _name(
            self.field, "Seed", "The same words, settings and seed give the same motion. Empty: a new seed each time."
        )
        self.field.editingFinished.connect(self._typed)
        self.pin = _tool("pin", "Pin seed", "Keep this seed, or draw a new one each time.")
        self.pin.setCheckable(True)
        self.pin.clicked.connect(self._pinned)
        self.roll = _tool("dice", "Roll seed", "Draw another seed and keep it.")
        self.roll.clicked.connect(lambda: self._set(secrets.randbelow(_DRAWN_SEEDS)))
        self._last = 0
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(3)
        self.field.setMinimumWidth(40)
        for button in (self.pin, self.roll):
            button.setFixedWidth(28)
        for widget in (self.field, self.pin, self.roll):
            layout.addWidget(widget, 1 if widget is self.field else 0)

    def show_seed(self, seed: int | None) -> None:
        """Show what was chosen elsewhere."""
        self.seed = seed
        self.field.setText("" if seed is None else str(seed))
        self.pin.setChecked(seed is not None)
        self.pin.setIcon(icons.icon("pin" if seed is not None else "pin_empty"))

    def remember(self, seed: int) -> None:
        """The seed of the last motion: what pinning takes."""
        self._last = seed

    def _typed(self) -> None:
        text = self.field.text()
        self._set(min(int(text), LARGEST_SEED) if text else None)

    def _pinned(self, on: bool) -> None:
        self._set(self._last if on else None)

    def _set(self, seed: int | None) -> None:
        changed = seed != self.seed
        self.show_seed(seed)
        if changed:
            self.changed.emit()


class EnginePart(QWidget):
    """The model with its license, the engine's state, what it runs on and the memory it has held."""

    model_chosen = Signal(str)
    restart = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.models = QComboBox()
        _name(self.models, "Model", "The model that makes the motions.")
        self.models.activated.connect(self._choose)
        self.license = _quiet("License")
        self.condition = QLabel()
        self.condition.setWordWrap(True)
        self.condition.setAccessibleName("Engine")
        self.memory = _quiet("Memory")
        self.again = QPushButton("Start the engine again")
        _name(self.again, "Start the engine again", "Start the engine anew; nothing of the project is lost.")
        self.again.clicked.connect(self.restart)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setVerticalSpacing(3)
        grid.addWidget(self.models, 0, 0)
        for row, widget in enumerate((self.license, self.condition, self.memory, self.again)):
            grid.addWidget(widget, row + 1, 0)

    def show_state(self, state: EngineState) -> None:
        """What the engine is doing now."""
        sign, color = {
            Condition.STARTING: ("◌", theme.WARNING),
            Condition.READY: ("●", theme.GOOD),
            Condition.GONE: ("✕", theme.ERROR),
        }[state.condition]
        self.condition.setText(f'<span style="color:{color.name()}">{sign}</span>&nbsp; {_escaped(state.sentence)}')
        self.condition.setAccessibleDescription(state.sentence)
        self.again.setVisible(state.condition is Condition.GONE)
        info = state.info
        self.license.setVisible(info is not None)
        self.memory.setVisible(info is not None)
        self.models.setVisible(info is not None)
        if info is None:
            return
        self.license.setText(f"{info.license or 'No license given'}")
        self.license.setToolTip("\n".join(("Motions of this model carry its data's license:", *info.attributions)))
        self.memory.setText(f"{info.memory_mb:.0f} MB at most so far")
        self.memory.setToolTip("The most memory that the engine has held since its start.")
        rows = [(f"{model.name} {model.version}", model.name) for model in state.models] or [(info.name, info.name)]
        if [(self.models.itemText(row), self.models.itemData(row)) for row in range(self.models.count())] != rows:
            self.models.clear()
            for text, name in rows:
                self.models.addItem(text, name)
        active = next((model.name for model in state.models if model.active), info.name)
        self.models.setCurrentIndex(self.models.findData(active))
        self.models.setEnabled(len(rows) > 1)

    def _choose(self, row: int) -> None:
        self.model_chosen.emit(str(self.models.itemData(row)))


def request_options(settings: Settings) -> dict[str, object]:
    """The settings as the engine's request names them, without the prompts."""
    return {
        "variations": settings.variations,
        "seed": settings.seed,
        "guidance": settings.guidance,
        "preset": settings.preset,
        "cleanup": settings.cleanup,
    }


def one_take(settings: Settings, seed: int) -> Settings:
    """The settings that made one take among several."""
    return replace(settings, variations=1, seed=seed)


def _check(text: str, tip: str) -> QCheckBox:
    check = QCheckBox(text)
    return _name(check, text, tip)


def _tool(picture: str, name: str, tip: str) -> QToolButton:
    button = QToolButton()
    button.setIcon(icons.icon(picture))
    return _name(button, name, tip)


def _spin(spin: Spin, name: str, tip: str) -> Spin:
    spin.setButtonSymbols(QSpinBox.ButtonSymbols.UpDownArrows)
    spin.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
    spin.setMinimumWidth(56)
    spin.lineEdit().setTextMargins(4, 0, 0, 0)
    spin.setKeyboardTracking(False)
    return _name(spin, name, tip)


def _name(widget: Named, name: str, tip: str) -> Named:
    widget.setAccessibleName(name)
    widget.setToolTip(tip)
    return widget


def _quiet(name: str) -> QLabel:
    label = QLabel()
    label.setObjectName("quiet")
    label.setFont(theme.quiet_font(label.font()))
    label.setAccessibleName(name)
    return label


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")
