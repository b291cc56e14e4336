"""Changing the animation without the engine."""

import bpy

register, unregister = bpy.utils.register_classes_factory(())
