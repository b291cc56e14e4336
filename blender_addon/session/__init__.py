"""Between the sidebar and the rest of the extension: what is asked of the engine, what runs, what came of it."""
