"""The window at the scales of Blender's interface: everything is seen whole and sharp, down to its smallest size."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QPushButton, QWidget

from tests.blender_addon.prompt_panel.seen import cut_off, enlarged


@pytest.mark.parametrize(
    ("scale", "width", "height"),
    [(1.0, 900, 600), (1.0, 1280, 800), (1.25, 900, 600), (1.5, 960, 640), (2.0, 900, 600)],
)
def test_at_every_scale_all_words_are_whole_and_all_pictures_sharp(scale, width, height, tmp_path):
    command = [sys.executable, "-m", "tests.blender_addon.prompt_panel.seen", str(scale), str(width), str(height)]
    ended = subprocess.run(
        [*command, str(tmp_path)], cwd=Path(__file__).parents[3], capture_output=True, encoding="utf-8", check=False
    )
    assert ended.returncode == 0, ended.stderr
    found = json.loads(ended.stdout)
    assert found == {"ratio": scale, "cut": [], "coarse": [], "size": [width, height]}


def test_what_is_cut_off_is_found(qtbot):
    """The measure itself: a button, a label and a field without room, and one that lies outside."""
    window = QWidget()
    qtbot.addWidget(window)
    row = QHBoxLayout(window)
    texts = ("a button with many words", "a label with many words", "a field with many words")
    button, label, field = QPushButton(texts[0]), QLabel(texts[1]), QLineEdit()
    field.setPlaceholderText(texts[2])
    for widget in (button, label, field):
        row.addWidget(widget)
    window.resize(900, 60)
    window.show()
    qtbot.waitExposed(window)
    assert cut_off(window) == []
    for widget in (button, label, field):
        widget.setFixedWidth(60)
    outside = QPushButton("far", window)
    outside.move(window.width() - 10, 0)
    outside.show()
    qtbot.wait(20)
    assert [text.partition(": ")[2] for text in cut_off(window)] == [texts[1], texts[2], texts[0], "far"]


@pytest.mark.parametrize("way", [Qt.TransformationMode.FastTransformation, Qt.TransformationMode.SmoothTransformation])
def test_what_is_only_enlarged_is_found(qapp, way):
    sharp = QImage(200, 80, QImage.Format.Format_RGB32)
    sharp.fill(QColor("#303030"))
    painter = QPainter(sharp)
    painter.setPen(QColor("#ffffff"))
    painter.drawText(10, 50, "Motionwright")
    painter.end()
    coarse = sharp.scaled(100, 40, mode=Qt.TransformationMode.SmoothTransformation)
    assert not enlarged(sharp, 2)
    assert enlarged(coarse.scaled(200, 80, mode=way), 2)
