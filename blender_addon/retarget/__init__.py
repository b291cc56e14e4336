"""The mathematics between a motion and a rig: numpy only, importable without bpy."""
