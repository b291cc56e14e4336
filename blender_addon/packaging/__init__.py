"""Making the extension's zip: its own files, the engine's wheel, and for a machine without network all wheels."""
