"""The script drawn over the time line: one block for each sentence, where it will be on the character."""

from typing import Any

import blf
import bpy
import gpu
from gpu_extras.batch import batch_for_shader

from ..session.choices import frames_per_second, timeline

_COLORS = ((0.16, 0.42, 0.62, 0.85), (0.20, 0.52, 0.44, 0.85))
_CHOSEN = (0.85, 0.55, 0.16, 0.95)
_TEXT = (0.95, 0.95, 0.95, 1.0)
_GAP, _ABOVE_SCROLLBAR = 1, 11
_LEAST_HEIGHT, _HEIGHT, _FRAME_NUMBERS = 12, 18, 22
"""Pixels: a low time line leaves a strip little room under its frame numbers."""
_FONT_SHARE = 0.68
_handlers: list[Any] = []


def blocks(scene: Any) -> list[tuple[float, float, str]]:
    """First frame, end and words of each sentence of the script."""
    settings = scene.motionwright
    frame = float(scene.frame_current if settings.start_at == "CURRENT" else scene.frame_start)
    if settings.length == "TIMELINE":
        frame = float(timeline(scene)[0])
    found = []
    for part in settings.script:
        end = frame + part.seconds * frames_per_second(scene)
        found.append((frame, end, part.text))
        frame = end
    return found


def _draw() -> None:
    context = bpy.context
    settings = context.scene.motionwright
    if not settings.script:
        return
    scale = context.preferences.system.ui_scale
    room = context.region.height / scale - _FRAME_NUMBERS - _ABOVE_SCROLLBAR
    view, bottom = context.region.view2d, _ABOVE_SCROLLBAR * scale
    top = bottom + min(max(room, _LEAST_HEIGHT), _HEIGHT) * scale
    gpu.state.blend_set("ALPHA")
    for i, (first, end, text) in enumerate(blocks(context.scene)):
        left, _ = view.view_to_region(first, 0, clip=False)
        right, _ = view.view_to_region(end, 0, clip=False)
        color = _CHOSEN if i == settings.script_index else _COLORS[i % len(_COLORS)]
        _draw_block(left + _GAP, right - _GAP, bottom, top, color)
        _draw_text(text or "…", left + 6 * scale, right - 4 * scale, bottom, top)
    gpu.state.blend_set("NONE")


def _draw_block(left: float, right: float, bottom: float, top: float, color: tuple[float, ...]) -> None:
    shader = gpu.shader.from_builtin("UNIFORM_COLOR")
    corners = ((left, bottom), (right, bottom), (left, top), (right, top))
    shader.uniform_float("color", color)
    batch_for_shader(shader, "TRI_STRIP", {"pos": corners}).draw(shader)


def _draw_text(text: str, left: float, right: float, bottom: float, top: float) -> None:
    blf.size(0, _FONT_SHARE * (top - bottom))
    blf.color(0, *_TEXT)
    blf.enable(0, blf.CLIPPING)
    blf.clipping(0, left, bottom, right, top)
    blf.position(0, left, bottom + 0.3 * (top - bottom), 0)
    blf.draw(0, text)
    blf.disable(0, blf.CLIPPING)


def register() -> None:
    """Draw in every time line and dope sheet; without a window there is nothing to draw."""
    if not bpy.app.background:
        space = bpy.types.SpaceDopeSheetEditor
        _handlers.append(space.draw_handler_add(_draw, (), "WINDOW", "POST_PIXEL"))


def unregister() -> None:
    """Stop drawing."""
    while _handlers:
        bpy.types.SpaceDopeSheetEditor.draw_handler_remove(_handlers.pop(), "WINDOW")
