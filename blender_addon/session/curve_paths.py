"""A curve object as a path for a motion."""

from __future__ import annotations

from typing import Any

import bpy
import numpy as np

from ..retarget.body_skeleton import JOINT_NAMES, REST_OFFSETS
from ..retarget.rig import Rig
from ..retarget.rotations import Array, turn


def path_m(curve: Any, armature: Any, rig: Rig) -> Array:
    """(P, 3) points of the first spline of a curve object in the axes and metres of motions captured from `armature`.

    The curve is where it is in the scene, the character's ground included: armature and curve may be moved and turned.
    """
    to_armature = armature.matrix_world.inverted() @ curve.matrix_world
    points = np.array([to_armature @ vertex for vertex in _points(curve)], dtype=np.float64).reshape(-1, 3)
    leg_m = sum(np.linalg.norm(REST_OFFSETS[JOINT_NAMES.index(joint)]) for joint in ("left_knee", "left_ankle"))
    to_motion = np.asarray(np.linalg.inv(rig.measure(float(leg_m))), dtype=np.float64)
    return turn(to_motion, rig.axes.vectors_to_motion(points))


def _points(curve: Any) -> list[Any]:
    """The points of the first spline in the curve's own space, without its thickness."""
    data = curve.data.copy()
    for spline in list(data.splines)[1:]:
        data.splines.remove(spline)
    data.bevel_depth = data.extrude = 0.0
    data.bevel_mode = "ROUND"
    bare = bpy.data.objects.new("Motionwright Path", data)
    try:
        points = [vertex.co.copy() for vertex in bare.to_mesh().vertices]
        bare.to_mesh_clear()
    finally:
        bpy.data.objects.remove(bare)
        bpy.data.curves.remove(data)
    return points
