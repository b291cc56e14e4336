"""The engine's own sub-commands: each parses, validates, calls and shows."""
