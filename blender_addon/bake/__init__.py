"""Frames to F-curves."""
