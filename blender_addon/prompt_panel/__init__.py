"""The prompt window: a process of its own under the engine's Python. Knows Qt, numpy and HTTP; never bpy."""
