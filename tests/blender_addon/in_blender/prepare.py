"""Runs inside Blender: makes rigs, or changed copies of rigs, for the tests. Usage: prepare.py REQUEST.json"""

import json
import os
import sys

import bpy
import numpy as np
from mathutils import Euler


def open_file(path):
    if path.endswith(".blend"):
        bpy.ops.wm.open_mainfile(filepath=path, load_ui=False)
        return
    bpy.ops.wm.read_factory_settings(use_empty=True)
    bpy.ops.import_scene.gltf(filepath=path, disable_bone_shape=True)


def armature():
    return bpy.data.objects[request["armature"]]


def rigify():
    bpy.ops.wm.read_factory_settings(use_empty=True)
    bpy.ops.preferences.addon_enable(module="rigify")
    bpy.ops.object.armature_human_metarig_add()
    bpy.ops.pose.rigify_generate()


def metarig():
    bpy.ops.wm.read_factory_settings(use_empty=True)
    bpy.ops.preferences.addon_enable(module="rigify")
    bpy.ops.object.armature_human_metarig_add()
    bpy.context.object.name = "metarig"


def synthetic():
    """Names that mean nothing, one spine bone, no clavicles, no toes, odd rolls, bent arms; facing −Y, left at +X."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    data = bpy.data.armatures.new("synthetic")
    rig = bpy.data.objects.new("synthetic", data)
    bpy.context.scene.collection.objects.link(rig)
    bpy.context.view_layer.objects.active = rig
    bpy.ops.object.mode_set(mode="EDIT")
    bones = {
        "b0": (None, (0, 0, 1.0), (0, 0, 1.15)),
        "b4": ("b0", (0, 0.02, 1.2), (0, 0, 1.5)),
        "b5": ("b4", (0, 0, 1.55), (0, -0.02, 1.8)),
    }
    for side, sign in (("l", 1), ("r", -1)):
        bones |= {
            f"b{side}1": ("b0", (0.12 * sign, 0, 0.98), (0.16 * sign, -0.05, 0.55)),
            f"b{side}2": (f"b{side}1", (0.16 * sign, -0.05, 0.55), (0.2 * sign, 0.02, 0.1)),
            f"b{side}3": (f"b{side}2", (0.2 * sign, 0.02, 0.1), (0.27 * sign, -0.15, 0.0)),
            f"b{side}8": ("b4", (0.2 * sign, 0, 1.48), (0.38 * sign, 0.03, 1.25)),
            f"b{side}9": (f"b{side}8", (0.38 * sign, 0.03, 1.25), (0.48 * sign, -0.12, 1.07)),
            f"b{side}10": (f"b{side}9", (0.48 * sign, -0.12, 1.07), (0.5 * sign, -0.18, 1.0)),
        }
    for i, (name, (parent, head, tail)) in enumerate(bones.items()):
        bone = data.edit_bones.new(name)
        bone.head, bone.tail, bone.roll = head, tail, 0.7 * i
        bone.parent = data.edit_bones[parent] if parent else None
    bpy.ops.object.mode_set(mode="OBJECT")


LIMBS = {"foot": ("2", "3", "knee", -0.6), "hand": ("9", "10", "elbow", 0.6)}
"""What a limb's control is called → its lower bone and its end, what its pole is called, how far that is behind."""


def ik_limbs():
    """The synthetic rig with limbs that reach for controls: IK constraints with poles, and ends that turn with them.

    Its pelvis and its controls are moved along the axes of a slanted root, as without “Local Location”.
    """
    synthetic()
    rig = bpy.data.objects["synthetic"]
    bpy.ops.object.mode_set(mode="EDIT")
    bones = rig.data.edit_bones
    ground = bones.new("ground")
    ground.head, ground.tail, ground.roll = (0, 0, 0), (0.1, 0.3, 0), 0.4
    bones["b0"].parent, bones["b0"].use_local_location = ground, False
    limbs = [(side, name, *parts) for side in "lr" for name, parts in LIMBS.items()]
    for side, name, lower, last, middle, behind in limbs:
        end, joint = bones[f"b{side}{last}"], bones[f"b{side}{lower}"].head
        control = bones.new(f"{name} {side}")
        control.head, control.tail, control.roll = end.head, end.tail, end.roll
        control.parent, control.use_local_location = ground, False
        pole = bones.new(f"{middle} {side}")
        pole.head, pole.tail = (joint[0], joint[1] + behind, joint[2]), (joint[0], joint[1] + behind, joint[2] + 0.1)
    bpy.ops.object.mode_set(mode="OBJECT")
    for side, name, lower, last, middle, _ in limbs:
        turn = rig.pose.bones[f"b{side}{last}"].constraints.new("COPY_ROTATION")
        turn.target, turn.subtarget = rig, f"{name} {side}"
        bone = rig.pose.bones[f"b{side}{lower}"]
        reach = bone.constraints.new("IK")
        reach.target, reach.subtarget, reach.chain_count, reach.use_stretch = rig, f"{name} {side}", 2, False
        reach.pole_target, reach.pole_subtarget = rig, f"{middle} {side}"
        reach.pole_angle = min(np.radians(np.arange(-180, 180)), key=lambda angle: _unrest(bone, reach, angle))


def _unrest(bone, reach, angle):
    """How far a knee or an elbow is from its rest with this pole angle."""
    reach.pole_angle = angle
    bpy.context.view_layer.update()
    return (bone.head - bone.bone.head_local).length


def turned(request):
    """The armature object rotated, moved, scaled, and parented to a turned empty; other frame rates and modes."""
    open_file(request["file"])
    rig = armature()
    if request.get("place"):
        empty = bpy.data.objects.new("Holder", None)
        bpy.context.scene.collection.objects.link(empty)
        empty.rotation_euler = Euler((0.3, -0.2, 1.9))
        empty.location = (3.0, -2.0, 0.5)
        rig.rotation_mode = "XYZ"
        rig.rotation_euler = Euler((0.1, 0.4, 2.2))
        rig.location, rig.scale = (1.0, 4.0, -2.0), (2.5, 2.5, 2.5)
        rig.parent = empty
    for bone, mode in request.get("modes", {}).items():
        for pose_bone in rig.pose.bones:
            if bone in ("*", pose_bone.name):
                pose_bone.rotation_mode = mode
    if request.get("fps"):
        bpy.context.scene.render.fps = request["fps"]
    if request.get("posed"):
        rig.pose.bones[request["posed"]].rotation_mode = "QUATERNION"
        rig.pose.bones[request["posed"]].rotation_quaternion = (0.9, 0.1, 0.3, 0.2)


def numbers(request):
    """The rest pose of an armature, as arrays in a file."""
    open_file(request["file"])
    bones = sorted(armature().data.bones, key=lambda bone: len(bone.parent_recursive))
    names = [bone.name for bone in bones]
    vertices, weights = skin(names)
    with open(request["out"], "wb") as file:
        np.savez(
            file,
            names=np.array(names),
            parents=np.array([names.index(bone.parent.name) if bone.parent else -1 for bone in bones]),
            heads=np.array([bone.head_local for bone in bones]),
            tails=np.array([bone.tail_local for bone in bones]),
            orientations=np.array([bone.matrix_local.to_3x3() for bone in bones]),
            vertices=vertices,
            weights=weights,
        )


def skin(names):
    """(V, 3) where the vertices of the armature's meshes are, in its space, and (V, B) how much each bone counts."""
    places, weights = [], []
    for mesh in (each for each in bpy.data.objects if each.type == "MESH" and each.find_armature() == armature()):
        to_rig = np.array(armature().matrix_world.inverted() @ mesh.matrix_world)
        columns = {group.index: names.index(group.name) for group in mesh.vertex_groups if group.name in names}
        for vertex in mesh.data.vertices:
            row = np.zeros(len(names), dtype=np.float32)
            for each in vertex.groups:
                if each.group in columns:
                    row[columns[each.group]] = each.weight
            if row.any():
                places.append(to_rig[:3, :3] @ np.array(vertex.co) + to_rig[:3, 3])
                weights.append(row / row.sum())
    return np.array(places).reshape(-1, 3), np.array(weights).reshape(-1, len(names))


def counts():
    names = [name for name in dir(bpy.data) if isinstance(getattr(bpy.data, name), bpy.types.bpy_prop_collection)]
    return {name: len(getattr(bpy.data, name)) for name in names if name != "all_ids"}


def placement():
    bpy.context.view_layer.update()
    rig = armature()
    return {
        "counts": counts(),
        "matrix": [list(row) for row in rig.matrix_world],
        "fps": bpy.context.scene.render.fps,
        "modes": {bone.name: bone.rotation_mode for bone in rig.pose.bones},
        "basis": {bone.name: [list(row) for row in bone.matrix_basis] for bone in rig.pose.bones},
    }


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as request_file:
        request = json.load(request_file)
    kind = request["kind"]
    if kind in ("rigify", "metarig", "synthetic", "ik_limbs"):
        {"rigify": rigify, "metarig": metarig, "synthetic": synthetic, "ik_limbs": ik_limbs}[kind]()
    elif kind == "numbers":
        numbers(request)
    elif kind == "look":
        open_file(request["file"])
    else:
        turned(request)
    if kind not in ("look", "numbers"):
        bpy.ops.wm.save_as_mainfile(filepath=request["out"])
        bpy.ops.wm.open_mainfile(filepath=request["out"], load_ui=False)
    with open(request["result"], "w", encoding="utf-8") as result_file:
        json.dump(placement() if kind in ("look", "turned") else {}, result_file)
    sys.stdout.flush()
    os._exit(0)
