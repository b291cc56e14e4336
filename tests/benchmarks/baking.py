"""How long a bake takes, and how many times as long the same keys take through `keyframe_insert`.

Run with a Python that has bpy: python tests/benchmarks/baking.py [FRAMES] [REPEATS]
"""

import os
import sys
import time
from pathlib import Path

import bpy
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from blender_addon.bake.curves import Curve, channels_of, write
from blender_addon.bake.on_rig import bake_motion
from blender_addon.retarget.body_skeleton import JOINT_NAMES, PARENTS, REST_OFFSETS
from blender_addon.retarget.rotations import about_axis, from_matrix
from blender_addon.retarget.source import SourceMotion
from blender_addon.rigs.detection import detect
from blender_addon.rigs.reading import read_armature


def rigify():
    """A generated Rigify character in an empty file."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    bpy.ops.preferences.addon_enable(module="rigify")
    bpy.ops.object.armature_human_metarig_add()
    bpy.ops.pose.rigify_generate()
    return bpy.data.objects["rig"]


def motion(frames):
    """Every joint swings."""
    time_s = np.arange(frames) / 30.0
    random = np.random.default_rng(0)
    local = np.empty((frames, len(JOINT_NAMES), 4))
    for joint in range(len(JOINT_NAMES)):
        axis = random.normal(size=3)
        angle = 0.3 * np.sin(2.0 * np.pi * random.uniform(0.3, 1.0) * time_s)
        local[:, joint] = from_matrix(about_axis(axis / np.linalg.norm(axis), angle))
    root = np.stack([0 * time_s, np.full(frames, REST_OFFSETS[0, 1]), time_s], axis=-1)
    return SourceMotion(JOINT_NAMES, PARENTS, REST_OFFSETS, local, root, np.zeros((frames, 4)), 30.0)


def bag_of(rig):
    """Where the F-curves are that the rig plays."""
    animation = rig.animation_data
    action = animation.action
    return action.layers[0].strips[0].channelbag(animation.action_slot) if hasattr(action, "layers") else action


def targets(rig, baked):
    """Frame by frame the pose of every keyed control, and what is keyed of it."""
    keyed = {}
    for fcurve in bag_of(rig).fcurves:
        if len(fcurve.keyframe_points) > 1:
            keyed.setdefault(fcurve.data_path.split('"')[1], set()).add(fcurve.data_path.rpartition(".")[2])
    names = sorted(keyed, key=lambda name: len(rig.pose.bones[name].parent_recursive))
    poses = []
    for frame in range(baked.start, baked.end + 1):
        bpy.context.scene.frame_set(frame)
        poses.append([rig.pose.bones[name].matrix.copy() for name in names])
    return names, keyed, poses


def through_keyframe_insert(rig, baked):
    """Seconds that the same bake takes bone by bone: pose, update, `keyframe_insert`; and of these, the inserting."""
    names, keyed, poses = targets(rig, baked)
    depths = {name: len(rig.pose.bones[name].parent_recursive) for name in names}
    rig.animation_data.action = None
    begun, inserting = time.perf_counter(), 0.0
    for k, frame in enumerate(range(baked.start, baked.end + 1)):
        for depth in sorted(set(depths.values())):
            for name, pose in zip(names, poses[k], strict=True):
                if depths[name] == depth:
                    rig.pose.bones[name].matrix = pose
            bpy.context.view_layer.update()
        now = time.perf_counter()
        for name in names:
            for channel in keyed[name]:
                rig.pose.bones[name].keyframe_insert(channel, frame=frame, group=name)
        inserting += time.perf_counter() - now
    return time.perf_counter() - begun, inserting


def writing(rig, baked):
    """Seconds that writing the keys alone takes."""
    curves = [
        Curve(f.data_path, f.array_index, np.array([point.co[1] for point in f.keyframe_points]), f.group.name)
        for f in bag_of(rig).fcurves
        if len(f.keyframe_points) > 1
    ]
    action = bpy.data.actions.new("written")
    container, frames = channels_of(rig, action), np.arange(baked.start, baked.end + 1.0)
    begun = time.perf_counter()
    for curve in curves:
        write(container, curve, frames)
    return time.perf_counter() - begun


def main(frames, repeats):
    rig = rigify()
    rig_map, source = detect(read_armature(rig)), motion(frames)
    bpy.context.scene.render.fps = 30
    baking, keys = [], []
    for _ in range(repeats):
        begun = time.perf_counter()
        baked = bake_motion(rig, source, rig_map, name="benchmark", start=1)
        baking.append(time.perf_counter() - begun)
        keys.append(writing(rig, baked))
    whole, inserting = through_keyframe_insert(rig, baked)
    print(
        f"bpy {bpy.app.version_string}, Rigify, {frames} frames: {min(baking):.2f} s with the retarget;",
        f"bone by bone through keyframe_insert {whole:.2f} s, {whole / min(baking):.0f} times as long.",
        f"Keys alone: {1000 * min(keys):.0f} ms; keyframe_insert {inserting:.2f} s, {inserting / min(keys):.0f} times.",
    )


if __name__ == "__main__":
    main(*(int(each) for each in [*sys.argv[1:], *["300", "5"][len(sys.argv) - 1 :]]))
    sys.stdout.flush()
    os._exit(0)
