"""The BVH files that the engine writes, read by Blender's own importer."""

from __future__ import annotations

import subprocess

import numpy as np
import pytest

from engine.motion import rotations
from engine.motion.bvh import write_bvh
from engine.motion.motion import Motion
from engine.motion.skeleton import BODY

IMPORT = """
import sys
import bpy, numpy
import addon_utils  # found only once bpy is imported
bvh, joint_names, heads_path = sys.argv[1:]
addon_utils.enable("io_anim_bvh")
bpy.ops.import_anim.bvh(filepath=bvh, global_scale=0.01, axis_forward="-Z", axis_up="Y", update_scene_fps=True)
rig, scene = bpy.context.object, bpy.context.scene
first, last = map(int, rig.animation_data.action.frame_range)
heads = []
for frame in range(first, last + 1):
    scene.frame_set(frame)
    heads.append([rig.matrix_world @ rig.pose.bones[name].head for name in joint_names.split()])
lengths = [bone.length for bone in rig.data.bones]
numpy.savez(heads_path, heads=heads, fps=scene.render.fps / scene.render.fps_base, shortest=min(lengths))
"""


def _lively_motion(frames: int = 40, fps: float = 30.0) -> Motion:
    random = np.random.default_rng(0)
    time = np.arange(frames)[:, None] / fps
    phase, speed = random.uniform(0.0, 6.0, (2, 66))
    local = rotations.from_euler(1.5 * np.sin(phase + speed * time).reshape(frames, 22, 3), "ZXY")
    root = np.concatenate([np.sin(time), 0.9 + 0.1 * np.cos(time), 2.0 * time], axis=1)
    return Motion(rotations.continuous(local), root, np.zeros((frames, 4)), fps)


def test_blender_puts_every_joint_where_the_motion_has_it(blender, tmp_path):
    motion = _lively_motion()
    bvh, heads_path = tmp_path / "lively.bvh", tmp_path / "heads.npz"
    write_bvh(motion, bvh)
    command = [blender, "-c", IMPORT, str(bvh), " ".join(BODY.joint_names), str(heads_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    with np.load(heads_path) as file:
        heads, fps, shortest = file["heads"], float(file["fps"]), float(file["shortest"])
    x, y, z = np.moveaxis(motion.positions_m, -1, 0)
    in_blender = np.stack([x, -z, y], axis=-1)  # Y up, facing +Z → Z up, facing −Y
    assert heads.shape == in_blender.shape
    assert np.linalg.norm(heads - in_blender, axis=-1).max() < 1e-3
    assert fps == pytest.approx(30.0)
    assert shortest > 0.01
