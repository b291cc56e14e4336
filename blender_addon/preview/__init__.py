"""A contact sheet of the baked character, rendered on the processor."""
