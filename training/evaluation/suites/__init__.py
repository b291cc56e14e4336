"""Suites of prompts that ask more of a model than captions do: two things, three in a row, nonsense, and variety."""
