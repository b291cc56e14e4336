"""Inside Blender: what the scenes ask of Blender's data, and the request of the test."""

import json
import sys

import bpy

operators = bpy.ops.motionwright
WALK = {"prompt": "a person walks forward", "seconds": 2.0, "preset": "draft", "seed": 3}

with open(sys.argv[1], encoding="utf-8") as request_file:
    request = json.load(request_file)


def scene():
    return bpy.context.scene


def settings():
    return scene().motionwright


def armature():
    return bpy.data.objects[request["armature"]]


def refusal(operator, **options):
    """What Blender says where an operator can't do what it is asked."""
    try:
        operator(**options)
    except RuntimeError as error:
        return str(error).strip()
    return ""


def counts():
    names = [name for name in dir(bpy.data) if isinstance(getattr(bpy.data, name), bpy.types.bpy_prop_collection)]
    return {name: len(getattr(bpy.data, name)) for name in names if name != "all_ids"}


def fcurves(action):
    if action is None:
        return []
    if not hasattr(action, "layers"):
        return list(action.fcurves)
    return [
        curve for layer in action.layers for strip in layer.strips for bag in strip.channelbags for curve in bag.fcurves
    ]


def keys(action):
    """Every key, number by number, its handles and the way to the next one."""
    return {
        f"{curve.data_path}#{curve.array_index}": [
            [
                *(*point.co, point.interpolation, point.easing, point.handle_left_type, point.handle_right_type),
                *(*point.handle_left, *point.handle_right),
            ]
            for point in curve.keyframe_points
        ]
        for curve in fcurves(action)
    }


def alike(one, other):
    """Whether two sets of keys are the same within half a degree, or a centimeter of where the character stood."""
    if one.keys() != other.keys():
        return False
    return all(
        len(one[path]) == len(other[path])
        and all(abs(a[i] - b[i]) < 0.01 for a, b in zip(one[path], other[path], strict=True) for i in (0, 1))
        for path in one
    )


def played():
    animation = armature().animation_data
    return None if animation is None else animation.action


def look():
    """All that a take could leave behind on a character."""
    rig = armature()
    return {
        "counts": counts(),
        "action": played().name if played() else None,
        "slot": getattr(getattr(rig.animation_data, "action_slot", None), "identifier", None),
        "keys": {action.name: keys(action) for action in bpy.data.actions},
        "pose": {bone.name: [list(row) for row in bone.matrix_basis] for bone in rig.pose.bones},
        "properties": {
            bone.name: {name: bone[name] for name in bone.keys() if isinstance(bone[name], int | float)}  # noqa: SIM118
            for bone in rig.pose.bones
        },
        "object": [list(row) for row in rig.matrix_basis],
    }


def hand_keyed(frames=(1, 40, 80, 120, 160, 200)):
    """Animation as an animator makes it: few keys, of a few bones."""
    rig = armature()
    bones = [bone for bone in rig.pose.bones if bone.parent is not None][:12]
    for i, frame in enumerate(frames):
        for k, bone in enumerate(bones):
            bone.rotation_mode = "QUATERNION"
            bone.rotation_quaternion = (1.0, 0.1 * ((i + k) % 3), 0.05 * (i % 2), 0.02 * k)
            bone.keyframe_insert("rotation_quaternion", frame=frame)
    rig.animation_data.action.name = "By hand"
    scene().frame_end = frames[-1]
    scene().frame_set(1)


def open_character():
    """The request's character in a file of its own, active."""
    if request["file"].endswith(".blend"):
        bpy.ops.wm.open_mainfile(filepath=request["file"], load_ui=False)
    else:
        bpy.ops.wm.read_factory_settings(use_empty=True)
        bpy.ops.import_scene.gltf(filepath=request["file"])
    bpy.context.view_layer.objects.active = armature()
