"""Changing the animation that a character has, without the engine."""

import bpy

register, unregister = bpy.utils.register_classes_factory(())
