"""The training stack. Knows engine.motion, engine.files and engine.errors, and nothing of the other rooms."""
