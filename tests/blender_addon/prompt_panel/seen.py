"""What a user would not see of a window: words that are cut off or lie outside, and pictures that are only enlarged.

Run as a program it looks at the window as the user's interface scale has it, `python -m
tests.blender_addon.prompt_panel.seen SCALE WIDTH HEIGHT FOLDER`: prints one line of JSON, and keeps a picture there.
"""

import json
import os
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLabel,
    QLineEdit,
    QScrollArea,
    QStyle,
    QStyleOptionComboBox,
    QStyleOptionFrame,
    QToolButton,
    QWidget,
)

_PLAY = 1
"""A pixel that no glyph misses."""
_LINE_MARGINS = 4
"""Left and right of the text of every line that is edited: Qt's own."""
_DETAIL = 32.0
"""Gray levels of 256 that the finest details lose in half the pixels."""


def cut_off(window):
    """The texts of a window that are not seen whole, each with the kind of its widget."""
    seen = [each for each in window.findChildren(QWidget) if each.isVisibleTo(window) and each.width() > 0]
    found = [(each, text) for each in seen for text, room in _texts(each) if _width(each, text) > room + _PLAY]
    found += [(each, each.accessibleName() or each.text()) for each in seen if _outside(window, each)]
    return sorted({f"{type(each).__name__}: {text}" for each, text in found})


def _texts(widget):
    """(text, room for it in pixels) of a widget, where it has any and does not shorten it itself."""
    if isinstance(widget, QAbstractButton) and widget.text() and not _is_picture(widget):
        yield widget.text(), widget.width() - (widget.sizeHint().width() - _width(widget, widget.text()))
    elif isinstance(widget, QLabel) and widget.text() and not widget.wordWrap():
        yield widget.text(), widget.width()
    elif isinstance(widget, QLineEdit) and not isinstance(widget.parentWidget(), QAbstractSpinBox | QComboBox):
        yield widget.placeholderText(), _line_room(widget)
    elif isinstance(widget, QAbstractSpinBox):
        yield widget.text(), widget.lineEdit().width() - widget.lineEdit().textMargins().left() - _LINE_MARGINS
    elif isinstance(widget, QComboBox):
        option = QStyleOptionComboBox()
        widget.initStyleOption(option)
        field = QStyle.SubControl.SC_ComboBoxEditField
        yield (
            widget.currentText(),
            widget.style().subControlRect(QStyle.ComplexControl.CC_ComboBox, option, field, widget).width(),
        )


def _is_picture(button):
    """Whether a button shows an icon alone."""
    return isinstance(button, QToolButton) and not button.icon().isNull() and button.toolButtonStyle().value == 0


def _line_room(line):
    option = QStyleOptionFrame()
    line.initStyleOption(option)
    return line.style().subElementRect(QStyle.SubElement.SE_LineEditContents, option, line).width() - _LINE_MARGINS


def _width(widget, text):
    if isinstance(widget, QAbstractButton) or (isinstance(widget, QLabel) and widget.buddy() is not None):
        text = text.replace("&&", "\0").replace("&", "").replace("\0", "&")  # the mark of its key
    return widget.fontMetrics().horizontalAdvance(text)


def _outside(window, widget):
    """Whether a control lies over the edge of the window or, sideways, of what it is scrolled in."""
    if not isinstance(widget, QAbstractButton | QAbstractSpinBox | QComboBox | QLineEdit):
        return False
    around, parent = window, widget.parentWidget()
    while parent is not None and parent is not window:
        if isinstance(parent, QScrollArea):
            around = parent.viewport()
            break
        parent = parent.parentWidget()
    left, right = (widget.mapTo(window, QPoint(x, 0)).x() for x in (0, widget.width()))
    start = around.mapTo(window, QPoint(0, 0)).x() if around is not window else 0
    return left < start - _PLAY or right > start + around.width() + _PLAY


def controls(window):
    """What takes the focus of those widgets that can be used now; and every button and field that is seen."""
    kinds = (QAbstractButton, QAbstractSpinBox, QComboBox, QLineEdit)
    seen = [each for each in window.findChildren(QWidget) if each.isVisibleTo(window)]
    focusable = [each for each in seen if each.focusPolicy() & Qt.FocusPolicy.TabFocus and each.isEnabled()]
    return [each for each in focusable if not is_inner(each)], [each for each in seen if isinstance(each, kinds)]


def is_inner(widget):
    """Whether it is the line edit inside a spin box or its like, which its owner names."""
    return isinstance(widget.parentWidget(), QAbstractSpinBox | QComboBox) or not widget.focusPolicy()


def nameless(window):
    """What takes the focus and is called nothing."""
    return [
        each
        for each in controls(window)[0]
        if not (each.accessibleName() or (isinstance(each, QAbstractButton) and each.text()))
        and each.metaObject().className() != "QTabBar"
    ]


def without_a_tip(window):
    """Buttons and fields that do not say what they do."""
    ours = [each for each in controls(window)[1] if not is_inner(each) and not each.objectName().startswith("Scroll")]
    return [each.accessibleName() or each for each in ours if not each.toolTip()]


def not_reached_by_tab(first):
    """What takes the focus and yet does not get it by pressing Tab again and again, from a widget of a window on."""
    reached = set()
    first.setFocus()
    while (current := QApplication.focusWidget()) not in reached:
        reached.add(current)
        QTest.keyClick(current, Qt.Key.Key_Tab)
    focusable, _ = controls(first.window())
    missing = [each for each in focusable if each not in reached and each.focusProxy() not in reached]
    return [each.accessibleName() or each for each in missing]


def seen_in_gray(widget):
    """(H, W) the lightness of a widget's picture, 0 to 255."""
    return _gray(widget.grab().toImage())


def enlarged(image, factor):
    """Whether a picture of so many pixels for each of the window's has no more detail than one of fewer pixels.

    Then it is nearly the same after being made small and large again, or its pixels come in squares.
    """
    smooth, ignored = Qt.TransformationMode.SmoothTransformation, Qt.AspectRatioMode.IgnoreAspectRatio
    small = image.scaled(image.width() // factor, image.height() // factor, ignored, smooth)
    again = small.scaled(image.width(), image.height(), ignored, smooth)
    lost = np.abs(_gray(image) - _gray(again))
    tall, wide = (size // factor * factor for size in lost.shape)
    squares = _gray(image)[:tall, :wide].reshape(tall // factor, factor, wide // factor, factor)
    return bool(np.quantile(lost, 0.999) < _DETAIL or (np.ptp(squares, axis=(1, 3)) > 0).mean() < 0.001)


def _gray(image):
    gray = image.convertToFormat(QImage.Format.Format_Grayscale8)
    return (
        np.frombuffer(gray.constBits(), np.uint8).reshape(gray.height(), gray.bytesPerLine())[:, : gray.width()] * 1.0
    )


def main(scale, width, height, folder):
    from blender_addon.prompt_panel.application import Options, build, make_application
    from blender_addon.prompt_panel.blender_link.bar import Bar
    from blender_addon.prompt_panel.blender_link.protocol import Scene
    from blender_addon.prompt_panel.project import Block, Range
    from tests.blender_addon.prompt_panel.bodies import made_take

    application = make_application(Options(scale=scale))
    window = build(Options(folder=folder), beside_blender=True)
    bar = Bar(with_blender=True)
    window.setMenuWidget(bar)
    window.viewer.along.show()
    window.resize(width, height)
    window.show()
    take, made = made_take(folder, "m1")
    window.director.motions["m1"] = made
    blocks = (Block("a person walks forward", 2.0), Block("a person waves", 2.0, ("left_leg",)))
    marked = Range(0.5, 1.5, ("head",))
    window.model.apply(lambda now: replace(now, takes=(take,), shown="m1", blocks=blocks, range=marked))
    window.takes.show_figure("m1", made.figure)
    bar.show_scene(Scene("Hero", "ready", "Rigify", 24.0, 1.0, 1, 250, (10, 20)), True)
    window.timeline.canvas.select(1)
    window.centralWidget().setSizes([0, width, 0])  # the columns as narrow as they can be dragged
    QTest.qWait(200)
    picture = window.grab()
    picture.save(str(folder / f"{width}x{height}@{scale:g}.png"))
    ratio = picture.devicePixelRatio()
    parts = {
        "canvas": window.viewer.canvas,
        "scrubber": window.viewer.scrubber,
        "card": window.takes.cards["m1"],
        "button": window.viewer.along,
        "ruler": window.timeline.canvas.ruler,
        "words": window.column.go,
    }
    coarse = [name for name, part in parts.items() if ratio >= 1.5 and enlarged(part.grab().toImage(), round(ratio))]
    report = {"ratio": ratio, "cut": cut_off(window), "coarse": coarse, "size": [window.width(), window.height()]}
    window.close()
    application.processEvents()
    return report


if __name__ == "__main__":
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    found = main(float(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4]))
    print(json.dumps(found, ensure_ascii=False), flush=True)
