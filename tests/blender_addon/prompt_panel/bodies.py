"""Motions that are made by hand, and takes of them."""

import numpy as np

from blender_addon.prompt_panel.figure import Figure
from blender_addon.prompt_panel.jobs import Made
from blender_addon.prompt_panel.motion_files import MotionFiles
from blender_addon.prompt_panel.project import Take
from blender_addon.retarget.body_skeleton import JOINT_NAMES, PARENTS, REST_OFFSETS
from blender_addon.retarget.source import SourceMotion, motion_bytes


def motion(frames=30, fps=30.0, step_m=0.02, arm_turns=0.0, **meta):
    """A body in the T-pose that is pushed forward, its left arm turning about +Z by `arm_turns` radians a frame."""
    rotations = np.zeros((frames, len(JOINT_NAMES), 4))
    rotations[..., 0] = 1.0
    angle = np.arange(frames) * arm_turns / 2.0
    shoulder = JOINT_NAMES.index("left_shoulder")
    rotations[:, shoulder, 0], rotations[:, shoulder, 3] = np.cos(angle), np.sin(angle)
    root = np.zeros((frames, 3))
    root[:, 1], root[:, 2] = REST_OFFSETS[0, 1], np.arange(frames) * step_m
    contacts = np.zeros((frames, 4))
    contacts[: frames // 2, :2] = 1.0
    contacts[frames // 2 :, 3] = 1.0
    meta = {"prompts": [{"text": "a person walks", "start": 0, "end": frames}], "seed": 5, **meta}
    return SourceMotion(JOINT_NAMES, PARENTS, REST_OFFSETS, rotations, root, contacts, fps, meta)


def made_take(folder, motion_id="m1", created="2026-01-01T00:00:00.000+00:00", **options):
    """A take and its motion, on disk below a folder."""
    made = motion(**options)
    files = MotionFiles(folder / "takes")
    file = files.write(motion_id, motion_bytes(made))
    take = Take(motion_id, file.name, ("a person walks",), len(made) / made.fps, 5, created=created)
    return take, Made(motion_id, file, Figure(made))
