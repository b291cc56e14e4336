"""Changing and composing motion: scripts of several prompts, ranges made anew, loops, kept joints; numpy only."""
