"""Motions as strips of stick figures in a PNG, to look at."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import numpy as np
from matplotlib import pyplot
from mpl_toolkits.mplot3d.axes3d import Axes3D

from engine.motion.motion import Motion

_COLORS = {"left": "#c8553d", "right": "#2d6a8e", "": "#3c3c3c"}


def _draw_figure(axes: Axes3D, positions_m: np.ndarray, motion: Motion) -> None:
    names = motion.skeleton.joint_names
    for joint, parent in enumerate(motion.skeleton.parents):
        if parent >= 0:
            side = names[joint].split("_")[0] if "_" in names[joint] else ""
            x, y, z = positions_m[[parent, joint]].T
            axes.plot(x, -z, y, color=_COLORS[side], linewidth=2)


def draw_strips(motions: Sequence[tuple[str, Motion]], path: Path, poses: int = 8) -> None:
    """One row of `poses` evenly spaced frames per motion, seen from the front and the side; left red, right blue."""
    figure = pyplot.figure(figsize=(1.7 * poses, 2.6 * len(motions)))
    for row, (title, motion) in enumerate(motions):
        for column, frame in enumerate(np.linspace(0, len(motion) - 1, poses).astype(int)):
            axes = figure.add_subplot(len(motions), poses, row * poses + column + 1, projection="3d")
            positions = motion.positions_m[frame]
            _draw_figure(axes, positions, motion)
            x, _, z = positions[0]
            axes.set(xlim=(x - 0.7, x + 0.7), ylim=(-z - 0.7, -z + 0.7), zlim=(0.0, 1.7))
            axes.set_box_aspect((1.4, 1.4, 1.7))
            # (x, −z, y) keeps the frame right-handed; +Z comes towards the viewer, turned so that depth can be read.
            axes.view_init(elev=12, azim=-60)
            axes.set(xticks=[], yticks=[], zticks=[])
            shift = motion.root_translation_m[frame] - motion.root_translation_m[0]
            axes.set_title(f"{title}\n" if column == 0 else f"{shift[0]:+.1f} {shift[2]:+.1f} m\n", fontsize=7)
    figure.tight_layout(pad=0.2)
    figure.savefig(path, dpi=70)
    pyplot.close(figure)
