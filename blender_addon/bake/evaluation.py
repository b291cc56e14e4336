"""Asking Blender what an armature does: evaluated in a scene of its own that holds nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import bpy

_MARK = "motionwright_reading"


@contextmanager
def alone(armature_object: Any) -> Iterator[Any]:
    """A scene that holds the armature only; meshes cost nothing there. Gone at the end."""
    scene = bpy.data.scenes.new("Motionwright")
    scene[_MARK] = True
    render, own = bpy.context.scene.render, scene.render
    own.fps, own.fps_base = render.fps, render.fps_base  # drivers may ask for the time
    scene.collection.objects.link(armature_object)
    try:
        armature_object.update_tag()
        yield scene
    finally:
        bpy.data.scenes.remove(scene)


def remove_left() -> None:
    """Take away the scenes of `alone` that undo or a file has brought back; never one that is shown."""
    for scene in [scene for scene in bpy.data.scenes if _MARK in scene]:
        if scene != bpy.context.scene:
            bpy.data.scenes.remove(scene)


def evaluated_bones(scene: Any, armature_object: Any) -> Any:
    """The evaluated pose bones as the armature's own channels stand now."""
    return evaluated_object(scene, armature_object).pose.bones


def evaluated_object(scene: Any, armature_object: Any) -> Any:
    """The evaluated armature object as its own channels stand now."""
    view_layer = scene.view_layers[0]
    view_layer.update()
    return armature_object.evaluated_get(view_layer.depsgraph)
