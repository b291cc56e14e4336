"""The Blender extension: rigs, retarget, bake. Knows bpy, numpy and the engine only as a process; never imports engine, export, training."""
