"""The timeline of prompts: blocks on a ruler in the scene's frames, a brush that marks a range, the playhead."""

from .view import TimelineView

__all__ = ["TimelineView"]
