"""The Blender extension: rigs, retarget, bake. Knows bpy, numpy and the engine as a process; never imports engine."""
