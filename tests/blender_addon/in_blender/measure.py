"""Runs inside Blender: opens a baked file and measures, frame by frame, how far the character is from the motion.

Usage: measure.py REQUEST.json. It shares no code with the add-on: it walks the motion's skeleton itself, evaluates the
armature through the dependency graph and reads heads and tails of pose bones.
"""

import json
import os
import sys

import bpy
import numpy as np
from mathutils import Matrix, Quaternion, Vector

SEGMENTS = ["upper_arm", "forearm", "thigh", "shin"]
CHAINS = {  # part of the rig: the joint of the motion and the one after it
    "upper_arm": ("shoulder", "elbow"),
    "forearm": ("elbow", "wrist"),
    "thigh": ("hip", "knee"),
    "shin": ("knee", "ankle"),
}


def walk_skeleton(file):
    """Global positions (N, J, 3) and rotations of a motion file, joint by joint, with Blender's own quaternions."""
    names, parents = [str(n) for n in file["joint_names"]], file["parents"]
    offsets, local, root = file["rest_offsets"], file["local_rotations"], file["root_translation"]
    positions = np.zeros((len(local), len(names), 3))
    rotations = []
    for frame in range(len(local)):
        turned = []
        for joint, parent in enumerate(parents):
            own = Quaternion(local[frame, joint].tolist())
            if parent < 0:
                turned.append(own)
                positions[frame, joint] = root[frame]
            else:
                turned.append(turned[parent] @ own)
                positions[frame, joint] = positions[frame, parent] + np.array(
                    turned[parent] @ Vector(offsets[joint].tolist())
                )
        rotations.append(turned)
    return names, positions, rotations


def angle(a, b):
    a, b = np.asarray(a, float), np.asarray(b, float)
    cosine = a @ b / (np.linalg.norm(a) * np.linalg.norm(b))
    return float(np.degrees(np.arccos(np.clip(cosine, -1, 1))))


def fcurves_of(rig):
    """Every F-curve that the rig plays, whichever way this Blender keeps them."""
    animation = rig.animation_data
    if hasattr(animation.action, "layers"):
        strips = (strip for layer in animation.action.layers for strip in layer.strips)
        return [fcurve for strip in strips for fcurve in strip.channelbag(animation.action_slot).fcurves]
    return list(animation.action.fcurves)


def curve_report(rig):
    report = {}
    for fcurve in fcurves_of(rig):
        keys = np.empty(2 * len(fcurve.keyframe_points), dtype=np.float32)
        fcurve.keyframe_points.foreach_get("co", keys)
        values = keys.reshape(-1, 2)[:, 1]
        jump = float(np.abs(np.diff(values)).max()) if len(values) > 1 else 0.0
        report[f"{fcurve.data_path}#{fcurve.array_index}"] = [len(values), jump]
    return report


def main(request):
    bpy.ops.wm.open_mainfile(filepath=request["blend"], load_ui=False)
    scene = bpy.context.scene
    rig = bpy.data.objects[request["armature"]]
    bones = request["bones"]  # part → bone name with {side} as L or R, resolved below
    file = np.load(request["motion"], allow_pickle=False)
    names, source_positions, source_rotations = walk_skeleton(file)
    source_fps = float(file["fps"])
    fps = scene.render.fps / scene.render.fps_base
    frames = range(scene.frame_start, int(rig.animation_data.action.frame_range[1]) + 1)
    # The motion's X left, Y up, Z forward in a character that faces −Y with Z up.
    to_blender = Matrix(((1, 0, 0), (0, 0, -1), (0, 1, 0)))

    def name_of(part, side):
        pattern = bones[part]
        return pattern.format(side=request["sides"][side]) if pattern else None

    errors = {part: [] for part in [*SEGMENTS, "pelvis", "head"]}
    lowest, mesh_lowest, slides, heads = [], [], [], []
    previous = {}
    for frame in frames:
        scene.frame_set(frame)
        depsgraph = bpy.context.evaluated_depsgraph_get()
        pose = rig.evaluated_get(depsgraph).pose.bones
        time = (frame - scene.frame_start) / fps * source_fps
        first = min(int(time + 1e-6), len(source_positions) - 2)
        share = time - first
        now = (1 - share) * source_positions[first] + share * source_positions[first + 1]
        for side in ("left", "right"):
            for part in SEGMENTS:
                joint, following = CHAINS[part]
                wanted = now[names.index(f"{side}_{following}")] - now[names.index(f"{side}_{joint}")]
                next_part = {"upper_arm": "forearm", "forearm": "hand", "thigh": "shin", "shin": "foot"}[part]
                is_at = pose[name_of(next_part, side)].head - pose[name_of(part, side)].head
                errors[part].append(angle(np.array(to_blender) @ wanted, is_at))
            foot_bones = [name_of("foot", side), name_of("toe", side)]  # a rig may have no toes
            for bone in (pose[name] for name in foot_bones if name):
                lowest.append(min(bone.head.z, bone.tail.z))
            contacts = file["foot_contacts"][first : first + 2, {"left": 0, "right": 2}[side] :][:, :2] > 0.5
            for part, down, joint in (("foot", contacts[:, 0], "ankle"), ("toe", contacts[:, 1], "foot")):
                if not name_of(part, side):
                    continue
                place = np.array(pose[name_of(part, side)].head)[:2]
                theirs = (np.array(to_blender) @ now[names.index(f"{side}_{joint}")])[:2]
                key = (side, part)
                only = part == "toe" or not contacts[:, 1].all() or not name_of("toe", side)
                if key in previous and down.all() and previous[key][2] and only:
                    step, their_step = place - previous[key][0], theirs - previous[key][1]
                    slides.append([float(np.linalg.norm(step)), float(np.linalg.norm(their_step))])
                previous[key] = (place, theirs, down.all())
        for part, joint in (("pelvis", "pelvis"), ("head", "head")):
            bone = pose[bones[part]]
            turned = (bone.matrix.to_3x3() @ bone.bone.matrix_local.to_3x3().inverted()).to_quaternion()
            a, b = source_rotations[first][names.index(joint)], source_rotations[first + 1][names.index(joint)]
            wanted = (
                to_blender @ a.slerp(b, min(max(share, 0.0), 1.0)).to_matrix() @ to_blender.transposed()
            ).to_quaternion()
            errors[part].append(float(np.degrees(2 * np.arccos(min(1.0, abs(turned.dot(wanted)))))))
        heads.append(list(pose[bones["pelvis"]].head))
        if request.get("mesh") and (frame - scene.frame_start) % 8 == 0:
            mesh_object = bpy.data.objects[request["mesh"]].evaluated_get(depsgraph)
            mesh = mesh_object.to_mesh()
            coordinates = np.zeros(len(mesh.vertices) * 3, dtype=np.float32)
            mesh.vertices.foreach_get("co", coordinates)
            to_rig = np.array(rig.matrix_world.inverted() @ mesh_object.matrix_world)
            coordinates = coordinates.reshape(-1, 3) @ to_rig[:3, :3].T + to_rig[:3, 3]
            mesh_lowest.append(float(coordinates[:, 2].min()))
            mesh_object.to_mesh_clear()
    slides = np.array(slides or [[0.0, 0.0]])
    return {
        "mean": {part: float(np.mean(values)) for part, values in errors.items()},
        "worst": {part: float(np.max(values)) for part, values in errors.items()},
        "lowest": float(min(lowest)),
        "mesh_lowest": float(min(mesh_lowest)) if mesh_lowest else None,
        "mesh_lowest_last": float(max(mesh_lowest)) if mesh_lowest else None,
        "slide": float(slides[:, 0].mean()),
        "slide_worst": float(slides[:, 0].max()),
        "source_slide": float(slides[:, 1].mean()),
        "source_slide_worst": float(slides[:, 1].max()),
        "first": heads[0],
        "last": heads[-1],
        "frames": len(heads),
        "fps": fps,
        "curves": curve_report(rig),
        "actions": [action.name for action in bpy.data.actions],
        "action": rig.animation_data.action.name,
    }


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as request_file:
        request = json.load(request_file)
    report = main(request)
    with open(request["result"], "w", encoding="utf-8") as result_file:
        json.dump(report, result_file)
    sys.stdout.flush()
    os._exit(0)
