"""Runs inside Blender: one check of the add-on's own functions on a rig, measured by other means.

Usage: checks.py REQUEST.json. The add-on is imported from the repository; what it wrote is read back from F-curves
and evaluated poses.
"""

import json
import os
import sys
from dataclasses import replace
from pathlib import Path

import bpy
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from blender_addon.bake.capture import capture
from blender_addon.bake.on_rig import bake_motion
from blender_addon.bake.sliced_capture import SlicedCapture
from blender_addon.bake.target import (
    BakeOptions,
    CurrentActionRange,
    KeyReduction,
    LimbKeys,
    NlaStrip,
    Placement,
    RootMotion,
)
from blender_addon.errors import AddonError
from blender_addon.retarget.rotations import about_axis, from_matrix, to_matrix
from blender_addon.retarget.source import read_motion
from blender_addon.scene_file import find_rig, open_file


def fcurves(rig):
    animation = rig.animation_data
    if hasattr(animation.action, "layers"):
        bag = animation.action.layers[0].strips[0].channelbag(animation.action_slot)
        return list(bag.fcurves)
    return list(animation.action.fcurves)


def keys_of(rig):
    """(data path, index) → (frame, value) of every key."""
    return {(f.data_path, f.array_index): [tuple(point.co) for point in f.keyframe_points] for f in fcurves(rig)}


KEY = ("interpolation", "easing", "handle_left_type", "handle_right_type", "type", "amplitude", "back", "period")


def whole_keys_of(rig):
    """(data path, index) → frame → every property of each key, its handles too, number by number."""
    return {
        (f.data_path, f.array_index): {
            point.co[0]: [*point.co, *point.handle_left, *point.handle_right, *(getattr(point, name) for name in KEY)]
            for point in f.keyframe_points
        }
        for f in fcurves(rig)
    }


def poses(rig, frames):
    """(N, B, 4, 4) evaluated poses of all bones."""
    found = []
    for frame in frames:
        bpy.context.scene.frame_set(int(np.floor(frame)), subframe=float(frame % 1.0))
        evaluated = rig.evaluated_get(bpy.context.evaluated_depsgraph_get())
        found.append([np.array(bone.matrix) for bone in evaluated.pose.bones])
    return np.array(found)


def degrees(a, b):
    turn = np.swapaxes(a[..., :3, :3], -1, -2).astype(float) @ b[..., :3, :3]
    skew = np.stack([turn[..., 2, 1] - turn[..., 1, 2], turn[..., 0, 2] - turn[..., 2, 0]], -1)
    third = turn[..., 1, 0] - turn[..., 0, 1]
    sine = np.sqrt((skew**2).sum(-1) + third**2) / 2.0
    cosine = (np.trace(turn, axis1=-2, axis2=-1) - 1.0) / 2.0
    return np.degrees(np.arctan2(sine, cosine))


def counts():
    return {"actions": len(bpy.data.actions), "scenes": len(bpy.data.scenes), "objects": len(bpy.data.objects)}


def round_trip(rig, rig_map, motion):
    """Bake, read back, compare every joint; then bake what was read where it was."""
    placed = bake_motion(rig, motion, rig_map, name="walk", start=1)
    back = capture(rig, rig_map, 1, placed.end + 1, fps=motion.fps)
    scenes, slices, sliced, pieces = counts(), SlicedCapture(rig, rig_map, 1, placed.end + 1, motion.fps), None, 0
    while sliced is None:
        sliced, pieces = slices.advance(rig, 0.0), pieces + 1
    counts_after = counts()
    order = [motion.index(joint) for joint in back.joint_names]
    count = min(len(back), len(motion))
    meant, got = motion.global_rotations[:count, order], back.global_rotations[:count]
    moved = motion.positions_m[:count, order]
    offset = (back.positions_m[0, 0] - moved[0, 0]) * [1, 0, 1]
    before = poses(rig, range(1, placed.end + 1))
    again = bake_motion(rig, back, rig_map, name="again", start=1, placement=Placement.CAPTURED)
    after = poses(rig, range(1, again.end + 1))
    return {
        "slices": pieces,
        "sliced": float(np.abs(sliced.positions_m - back.positions_m).max()),
        "scenes": [scenes, counts_after],
        "frames": [len(motion), len(back)],
        "degrees": degrees(meant, got).mean(axis=0).tolist(),
        "joints": list(back.joint_names),
        "meters": float(np.linalg.norm(back.positions_m[:count] - moved - offset, axis=-1).mean()),
        "again_degrees": float(degrees(before, after).mean()),
        "again_meters": float(np.linalg.norm(before[..., :3, 3] - after[..., :3, 3], axis=-1).mean()),
    }


def hand_keyed(rig, bones, step):
    random = np.random.default_rng(5)
    for frame in range(0, 201, step):
        for name in bones:
            bone = rig.pose.bones[name]
            if bone.rotation_mode == "QUATERNION":
                turn = np.array([1.0, *random.uniform(-0.12, 0.12, 3)])
                bone.rotation_quaternion = turn / np.linalg.norm(turn)
                bone.keyframe_insert("rotation_quaternion", frame=frame)
            else:
                bone.rotation_euler = random.uniform(-0.25, 0.25, 3)
                bone.keyframe_insert("rotation_euler", frame=frame)
            if name == bones[0]:
                bone.location = random.uniform(-0.05, 0.05, 3)
                bone.keyframe_insert("location", frame=frame)


def by_hand(rig):
    """Handles and ways between keys as animators leave them: of every kind."""
    kinds = ["FREE", "ALIGNED", "AUTO", "AUTO_CLAMPED", "VECTOR"]
    for n, curve in enumerate(fcurves(rig)):
        for k, point in enumerate(curve.keyframe_points):
            point.handle_left_type, point.handle_right_type = kinds[(n + k) % 5], kinds[(n + 2 * k) % 5]
            point.type = ("KEYFRAME", "EXTREME", "BREAKDOWN")[(n + k) % 3]
            if point.co[0] < 30:
                point.interpolation, point.easing = "SINE", "EASE_IN_OUT"
            elif point.co[0] > 120:
                point.interpolation = ("CONSTANT", "LINEAR", "ELASTIC")[k % 3]
                point.amplitude, point.period = 0.2 + 0.1 * k, 5.0
        curve.update()
        for point in curve.keyframe_points:
            for side in ("left", "right"):
                if getattr(point, f"handle_{side}_type") == "FREE":
                    frame, value = getattr(point, f"handle_{side}")
                    setattr(point, f"handle_{side}", (point.co[0] + 1.3 * (frame - point.co[0]), value + 0.03))


def in_range(rig, rig_map, _motion):
    """Frames 60 to 90 of 200 hand-keyed ones are given another motion."""
    hand_keyed(rig, request["keyed"], request["step"])
    by_hand(rig)
    outside = np.concatenate([np.arange(0, 61), np.arange(90, 201)])
    whole = whole_keys_of(rig)
    keys, shown, inside = keys_of(rig), poses(rig, outside), poses(rig, range(60, 91))
    read = capture(rig, rig_map, 0, 201)
    middle = np.clip(np.minimum(np.arange(len(read)) - 60, 90 - np.arange(len(read))) / 8.0, 0.0, 1.0)
    changed = read.local_rotations_wxyz.copy()
    for joint in ("spine2", "left_shoulder", "right_knee"):
        i = read.index(joint)
        bent = about_axis(np.array([1.0, 0.0, 0.0]), 0.5 * middle)
        changed[:, i] = from_matrix(to_matrix(changed[:, i]) @ bent)
    before = counts()
    baked = bake_motion(
        rig,
        replace(read, local_rotations_wxyz=changed),
        rig_map,
        name="new",
        start=0,
        target=CurrentActionRange(60, 90, 6),
        placement=Placement.CAPTURED,
        options=BakeOptions(reduction=KeyReduction() if request.get("reduce") else None),
    )
    new_keys, new_inside = keys_of(rig), poses(rig, range(60, 91))
    bpy.ops.wm.save_as_mainfile(filepath=request["out"] + ".blend")
    saved_counts = counts()
    bpy.ops.wm.open_mainfile(filepath=request["out"] + ".blend", load_ui=False)
    rig = bpy.data.objects[request["armature"]]
    new_whole = whole_keys_of(rig)
    beside = {
        float(frame)
        for keyed in keys.values()
        for edge, rows in ((60, [f for f, _ in keyed if f < 60]), (90, [f for f, _ in keyed if f > 90]))
        for frame in ([max(rows) + 1] if edge == 60 and rows else [min(rows) - 1] if rows else [])
    }

    # Controls that were switched off may jump, what the mesh hangs on may not.
    skin = np.array([bone.bone.use_deform for bone in rig.pose.bones])

    def kept(table, curve):
        return {frame: key for frame, key in table.get(curve, {}).items() if not 60 <= frame <= 90}

    more = [set(kept(new_whole, curve)) - set(kept(whole, curve)) for curve in new_whole]

    return {
        "baked": [baked.start, baked.end, list(baked.warnings)],
        "same_keys": all(
            key == new_whole[curve].get(frame) for curve in whole for frame, key in kept(whole, curve).items()
        ),
        "new_curves_inside": all(kept(new_whole, curve) == {} for curve in set(new_keys) - set(keys)),
        "more_outside": sorted(set().union(*more)),
        "may_be_more": sorted(beside),
        "outside": float(np.abs(poses(rig, outside) - shown).max()),
        "joins": [float(degrees(inside[k], new_inside[k]).max()) for k in (0, 30)],
        "steps": [
            float((degrees(new_inside[k], new_inside[k + 1]) - degrees(inside[k], inside[k + 1]))[skin].max())
            for k in (0, 29)
        ],
        "changed": float(degrees(inside[15], new_inside[15]).max()),
        "keys_inside": max(len([key for key in keys if 60 <= key[0] <= 90]) for keys in new_keys.values()),
        "counts": [before, saved_counts],
    }


def strip(rig, rig_map, motion):
    """A strip above an Action that was played; twice."""
    hand_keyed(rig, request["keyed"], 20)
    own = rig.animation_data.action.name
    results, seen = [], []
    for _ in range(2):
        baked = bake_motion(rig, motion, rig_map, name="walk", start=40, target=NlaStrip())
        tracks = rig.animation_data.nla_tracks
        results.append([(track.name, [s.name for s in track.strips]) for track in tracks])
        seen.append(counts())
    slots = [getattr(s, "action_slot", True) is not None for track in tracks for s in track.strips]
    moved = poses(rig, [45.0])
    reference = bake_motion(rig, motion, rig_map, name="plain", start=40)
    rig.animation_data.use_nla = False
    return {
        "action": own,
        "tracks": results,
        "counts": seen,
        "slots": slots,
        "range": [baked.start, baked.end],
        "shown": float(degrees(moved, poses(rig, [45.0])).max()),
        "reference": reference.action_name,
    }


def sparse(rig, rig_map, motion):
    """Fewer keys, within the tolerance."""
    bake_motion(rig, motion, rig_map, name="dense", start=1)
    frames, dense = range(1, len(motion) + 1), keys_of(rig)
    curves = {(f.data_path, f.array_index): f for f in fcurves(rig)}
    values = {curve: [f.evaluate(frame) for frame in frames] for curve, f in curves.items()}
    limit = KeyReduction(degrees=1.0, millimeters=5.0)
    bake_motion(rig, motion, rig_map, name="sparse", start=1, options=BakeOptions(reduction=limit))
    far = {"location": 0.0, "rotation": 0.0}
    for path in {path for path, _ in values if len(dense[path, 0]) > 1}:
        own = [f for f in fcurves(rig) if f.data_path == path]
        now = np.array([[f.evaluate(frame) for frame in frames] for f in own])
        then = np.array([values[path, f.array_index] for f in own])
        if path.endswith("location"):
            far["location"] = max(far["location"], float(np.linalg.norm(now - then, axis=0).max()))
        elif path.endswith("quaternion"):
            now = now / np.linalg.norm(now, axis=0)
            cosine = np.clip(np.abs((now * then / np.linalg.norm(then, axis=0)).sum(0)), 0.0, 1.0)
            far["rotation"] = max(far["rotation"], float(np.degrees(2 * np.arccos(cosine)).max()))
    few = keys_of(rig)
    return {"far": far, "dense": sum(map(len, dense.values())), "sparse": sum(map(len, few.values()))}


def carried(rig, rig_map, motion):
    """The root bone, then the object, carries the character: seen from the world it does the same."""
    report = {}
    frames = range(1, len(motion) + 1)
    for root in RootMotion:
        baked = bake_motion(rig, motion, rig_map, name=root.value, start=1, options=BakeOptions(root=root))
        worlds = []
        for frame in frames:
            shown = poses(rig, [frame])[0]
            worlds.append(np.array(rig.matrix_world) @ shown)
        names = [bone.name for bone in rig.pose.bones]
        head = names.index(rig_map.bones["head"])
        hips = names.index(rig_map.bones["pelvis"])
        own = [np.array(rig.pose.bones[hips].matrix)[:3, 3].tolist(), np.array(rig.matrix_world)[:3, 3].tolist()]
        world = np.array(worlds)[:, head]
        read = capture(rig, rig_map, 1, baked.end + 1, fps=motion.fps)
        report[root.value] = {
            "head": world.tolist(),
            "own": own,
            "paths": sorted({f.data_path for f in fcurves(rig) if f.data_path.endswith("location")}),
            "travel": (read.root_translation_m[-1] - read.root_translation_m[0]).tolist(),
        }
    return report


def one_after_another(rig, rig_map, motion):
    """Bakes that each begin where the character stands, carried by another each time: where it stands after each."""
    order = (RootMotion.HIPS, RootMotion.OBJECT, RootMotion.HIPS, RootMotion.ROOT_BONE, RootMotion.HIPS)
    thighs = [rig.pose.bones.find(rig_map.read_from(f"{side}_thigh")) for side in ("left", "right")]
    stood = []
    for root in order * 2:
        bpy.context.scene.frame_set(1)
        bake_motion(
            rig,
            motion,
            rig_map,
            name="walk",
            start=1,
            options=BakeOptions(root=root),
            placement=Placement.CURRENT,
        )
        shown = np.array(rig.matrix_world) @ poses(rig, [1])[0][thighs].mean(axis=0)
        stood.append(shown[:3, 3].tolist())
    return stood


LIMBS = {"feet": ("thigh", "shin", "foot"), "hands": ("upper_arm", "forearm", "hand")}


def by_limb_controls(rig, rig_map, motion):
    """Keyed by the feet's or hands' IK controls, beside the same bone by bone; the file is kept for other measures."""
    kind = request["kind"]
    limbs = [rig_map.read_from(f"{side}_{part}") for side in ("left", "right") for part in LIMBS[kind]]
    which = [rig.pose.bones.find(name) for name in limbs]
    frames = range(1, len(motion) + 1)
    shown, curves, said = {}, {}, {}
    for keys in (LimbKeys.FK, LimbKeys.IK):
        baked = bake_motion(rig, motion, rig_map, name=keys.value, start=1, options=BakeOptions(**{kind: keys}))
        shown[keys] = poses(rig, frames)[:, which]
        curves[keys] = sorted({curve.data_path for curve in fcurves(rig)})
        said[keys] = list(baked.warnings)
    bpy.ops.wm.save_as_mainfile(filepath=request["out"] + ".blend")
    apart = degrees(shown[LimbKeys.FK], shown[LimbKeys.IK])
    far = np.linalg.norm(shown[LimbKeys.FK][..., :3, 3] - shown[LimbKeys.IK][..., :3, 3], axis=-1)
    read = capture(rig, rig_map, 1, len(motion) + 1, fps=motion.fps)
    order = [motion.index(joint) for joint in read.joint_names]
    directions = [
        each[..., :3, 1] / np.linalg.norm(each[..., :3, 1], axis=-1, keepdims=True) for each in shown.values()
    ]
    bent = np.degrees(np.arccos(np.clip((directions[0] * directions[1]).sum(-1), -1.0, 1.0)))
    return {
        "mean": apart.mean(axis=0).tolist(),
        "worst": apart.max(axis=0).tolist(),
        "directions": [float(bent.mean()), float(bent.max())],
        "meters": float(far.max()),
        "read": float(degrees(motion.global_rotations[:, order], read.global_rotations).mean()),
        "jumps": {
            curve.data_path.split('"')[1]: float(np.abs(np.diff([p.co[1] for p in curve.keyframe_points])).max())
            for curve in fcurves(rig)
            if curve.data_path.endswith("location") and "target" in curve.data_path
        },
        "only_ik": sorted(set(curves[LimbKeys.IK]) - set(curves[LimbKeys.FK])),
        "only_fk": sorted(set(curves[LimbKeys.FK]) - set(curves[LimbKeys.IK])),
        "keyed": sorted({path.split('"')[1] for path in curves[LimbKeys.IK] if '"' in path}),
        "said": [said[LimbKeys.FK], said[LimbKeys.IK]],
    }


def refusals(rig, rig_map, motion):
    """What can't be written is said in a sentence, and what is locked is left alone."""
    said = {}

    def attempt(name, **arguments):
        try:
            said[name] = list(bake_motion(rig, motion, rig_map, name="x", start=1, **arguments).warnings)
        except AddonError as error:
            said[name] = str(error)

    attempt("no action", target=CurrentActionRange(1, 20))
    bone = rig.pose.bones[rig_map.bones["head"]]
    for axis in range(3):
        bone.lock_rotation[axis] = True
    attempt("locked")
    said["locked curves"] = [f.data_path for f in fcurves(rig) if f'"{bone.name}"' in f.data_path]
    attempt("empty", target=CurrentActionRange(20, 20))
    attempt("elsewhere", target=CurrentActionRange(2000, 2020))
    attempt("short", target=CurrentActionRange(10, 2000))
    attempt("limbs", options=BakeOptions(feet=LimbKeys.IK, hands=LimbKeys.IK))
    return said


def main():
    open_file(Path(request["file"]))
    rig, rig_map = find_rig(Path(request["file"]), request["armature"])
    bpy.context.scene.render.fps = request.get("fps", 30)
    bpy.context.scene.render.fps_base = request.get("fps_base", 1.0)
    motion = read_motion(Path(request["motion"]))
    return globals()[request["check"]](rig, rig_map, motion)


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as request_file:
        request = json.load(request_file)
    report = main()
    with open(request["result"], "w", encoding="utf-8") as result_file:
        json.dump(report, result_file)
    sys.stdout.flush()
    os._exit(0)
