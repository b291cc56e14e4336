"""Readers: other people's files of motion capture to clips on the 22-joint body, 30 frames a second, the floor at 0."""
