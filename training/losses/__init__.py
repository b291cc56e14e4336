"""Losses that need more than a line: differentiable kinematics, alignment of latents with what is done."""
