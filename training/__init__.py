"""The training stack. Knows engine.motion, engine.files and engine.errors of the engine, and nothing of the other rooms."""
