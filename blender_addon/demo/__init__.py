"""A character of the project's own, made by script, for a first look without any file."""
