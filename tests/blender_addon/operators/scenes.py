"""Runs inside Blender: operators of the extension, called as a user's script calls them. Usage: scenes.py REQUEST.json

Each function is one scene; it returns what the test looks at. A RuntimeError's text is what Blender shows to the user.
"""

import json
import os
import sys
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

import bpy

import blender_addon
from blender_addon.engine_link import engine
from blender_addon.engine_link.settings import Mode

operators = bpy.ops.motionwright
WALK = {"prompt": "a person walks forward", "seconds": 2.0, "preset": "draft", "seed": 3}


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
    """Every key, number by number; handles show in the poses between."""
    return {
        f"{curve.data_path}#{curve.array_index}": [[*point.co, point.interpolation] for point in curve.keyframe_points]
        for curve in fcurves(action)
    }


def alike(one, other):
    """Whether two sets of keys are the same but for the rounding of single precision."""
    if one.keys() != other.keys():
        return False
    return all(
        len(one[path]) == len(other[path])
        and all(abs(a[i] - b[i]) < 1e-5 for a, b in zip(one[path], other[path], strict=True) for i in (0, 1))
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


def generate():
    before = counts()
    answer = operators.generate(**WALK)
    once = keys(played())
    after, name = counts(), played().name
    operators.generate(**WALK)
    return {
        "answer": list(answer),
        "name": name,
        "more": {kind: after[kind] - before[kind] for kind in after if after[kind] != before[kind]},
        "more_after_twice": {kind: n - before[kind] for kind, n in counts().items() if n != before[kind]},
        "same_again": alike(keys(played()), once),
        "range": list(played().frame_range),
        "curves": len(once),
        "history": [[entry.text, entry.seed, entry.seconds] for entry in settings().history],
        "mark": json.loads(played()["motionwright"]).get("prompts"),
    }


def lengths():
    """Frames of a motion for each way of saying how long, at a scene's own frame rate."""
    scene().render.fps, scene().render.fps_base = 24, 1.001
    found = {}

    def made(name, **options):
        operators.generate(prompt="a person walks", preset="draft", **options)
        found[name] = list(played().frame_range)

    made("seconds", seconds=2.0)
    made("frames", frames=60, start=11)
    scene().use_preview_range = True
    scene().frame_preview_start, scene().frame_preview_end = 31, 78
    settings().length = "TIMELINE"
    made("timeline")
    scene().use_preview_range = False
    settings().length = "ESTIMATED"
    scene().frame_set(7)
    made("estimated")
    scene().frame_end = 20
    made("beyond", seconds=3.0, start=1)
    found["scene_end"] = scene().frame_end
    return found


def takes():
    if request.get("by_hand"):
        hand_keyed()
    if request.get("target"):
        settings().target = request["target"]
    before = look()
    operators.generate(**WALK, variations=3)
    shown = [keys(played())]
    blocks = [counts()["actions"]]
    for _ in range(3):
        operators.show_take(step=1)
        shown.append(keys(played()))
        blocks.append(counts()["actions"])
    refused = refusal(operators.generate, **WALK)
    operators.discard_takes()
    discarded = look()
    no_more = refusal(operators.keep_take)
    operators.generate(**WALK, variations=2)
    operators.show_take(step=-1)
    second = keys(played())
    operators.keep_take()
    return {
        "differ": shown[0] != shown[1] != shown[2],
        "round": alike(shown[0], shown[3]),
        "actions": [count - before["counts"]["actions"] for count in blocks],
        "refused": refused,
        "no_more": no_more,
        "changed_by_discarding": [name for name in before if before[name] != discarded[name]],
        "kept_is_shown": alike(keys(played()), second),
        "more": {kind: n - before["counts"][kind] for kind, n in counts().items() if n != before["counts"][kind]},
        "actions_after": sorted(action.name for action in bpy.data.actions),
        "history": [entry.seed for entry in settings().history],
        "pending": len(armature().motionwright.takes),
        "previous": str(armature().motionwright.previous),
    }


def script():
    operators.script_add(text="a person walks forward", seconds=2.0)
    operators.script_add(text="a person waves", seconds=1.5)
    operators.script_add(text="a person runs", seconds=1.0)
    operators.script_move(step=-1)
    settings().script_index = 2
    operators.script_remove()
    settings().preset = "draft"
    operators.generate_script(seed=1)
    return {
        "parts": [[part.text, part.seconds] for part in settings().script],
        "range": list(played().frame_range),
        "prompts": [prompt["text"] for prompt in json.loads(played()["motionwright"])["prompts"]],
    }


def regenerate():
    hand_keyed()
    before = keys(played())
    poses = _poses(1, 200)
    answer = operators.regenerate(
        first=60, last=90, range_prompt="a person waves", body_part=request.get("body_part", "WHOLE"), seed=1
    )
    after = keys(played())
    return {
        "answer": list(answer),
        "before": before,
        "after": after,
        "poses_before": poses,
        "poses": _poses(1, 200),
        "actions": sorted(action.name for action in bpy.data.actions),
    }


def _poses(first, last):
    """Each bone's own turn in each frame."""
    poses = []
    for frame in range(first, last + 1):
        scene().frame_set(frame)
        poses.append({bone.name: list(bone.matrix.to_quaternion()) for bone in armature().pose.bones})
    return poses


def ranges():
    """Every way to choose a range, and what is said where none is chosen."""
    hand_keyed()
    from blender_addon.session.ranges import chosen_range

    found = {"refusals": []}
    for source in ("PREVIEW", "KEYS", "MARKERS"):
        for curve in fcurves(played()):
            for point in curve.keyframe_points:
                point.select_control_point = False
        found["refusals"].append(refusal(operators.regenerate, range_from=source))
    scene().use_preview_range = True
    scene().frame_preview_start, scene().frame_preview_end = 60, 90
    found["PREVIEW"] = chosen_range(scene(), armature(), "PREVIEW")
    for curve in fcurves(played()):
        for point in curve.keyframe_points:
            point.select_control_point = point.co[0] in (40.0, 80.0)
    found["KEYS"] = chosen_range(scene(), armature(), "KEYS")
    for frame in (33, 66):
        scene().timeline_markers.new(f"at {frame}", frame=frame)
    found["MARKERS"] = chosen_range(scene(), armature(), "MARKERS")
    return found


def history():
    operators.generate(**WALK)
    made = keys(played())
    operators.generate(prompt="a person waves", seconds=1.5, preset="draft")
    engine.stop()
    engine.configure(replace(engine.settings(), url="http://127.0.0.1:9", token="x"))
    operators.history_apply(index=0)
    again = keys(played())
    operators.history_use(index=0)
    used = [settings().prompt, settings().seed, settings().use_seed, settings().seconds, settings().preset]
    operators.history_remove(index=0)
    left = [entry.text for entry in settings().history]
    bpy.ops.wm.save_as_mainfile(filepath=request["out"])
    bpy.ops.wm.open_mainfile(filepath=request["out"], load_ui=False)
    bpy.context.view_layer.objects.active = armature()
    operators.history_apply(index=0)
    return {
        "same": alike(again, made),
        "used": used,
        "left": left,
        "from_saved_file": played().name,
        "offline": refusal(operators.generate, **WALK),
    }


def refusals():
    found = {}
    active = bpy.context.view_layer.objects
    active.active = None
    found["nothing selected"] = refusal(operators.generate, **WALK)
    active.active = armature()
    found["no sentence"] = refusal(operators.generate)
    found["empty script"] = refusal(operators.generate_script)
    found["no history"] = refusal(operators.history_apply)
    found["no takes"] = refusal(operators.keep_take)
    found["nothing to cancel"] = refusal(operators.cancel)
    bpy.ops.object.mode_set(mode="EDIT")
    found["edit mode"] = refusal(operators.generate, **WALK)
    bpy.ops.object.mode_set(mode="POSE")
    found["pose mode"] = refusal(operators.generate, **WALK)
    bpy.ops.object.mode_set(mode="OBJECT")
    for _ in range(3):
        operators.script_add(text="a person walks", seconds=60.0)
    found["too long"] = refusal(operators.generate_script)
    empty = bpy.data.objects.new("Empty", bpy.data.armatures.new("Empty"))
    scene().collection.objects.link(empty)
    active.active = empty
    found["no bones"] = refusal(operators.generate, **WALK)
    active.active = _crane()
    found["no humanoid"] = refusal(operators.generate, **WALK)
    found["no humanoid, again"] = refusal(operators.generate, **WALK)
    from blender_addon.session import jobs

    found["in the sidebar"] = jobs.trouble().sentence
    mesh = bpy.data.objects.get(request.get("mesh", ""))
    active.active = mesh
    found["its mesh"] = refusal(operators.generate, **WALK)
    return found


def _crane():
    """A rig that is no body."""
    crane = bpy.data.objects.new("Crane", bpy.data.armatures.new("Crane"))
    scene().collection.objects.link(crane)
    bpy.context.view_layer.objects.active = crane
    bpy.ops.object.mode_set(mode="EDIT")
    below = None
    for i in range(6):
        bone = crane.data.edit_bones.new(f"link {i}")
        bone.head, bone.tail, bone.parent = (0.0, 0.2 * i, float(i)), (0.0, 0.2 * i + 0.2, i + 1.0), below
        below = bone
    bpy.ops.object.mode_set(mode="OBJECT")
    return crane


def interruptions():
    """What happens to a character while its motion is being made."""
    from blender_addon.session import jobs, making, orders, placing

    order = orders.GenerateOrder((("a person walks", 2.0),), orders.Sampling(preset="draft"))
    found = {}

    def begin():
        return making.make([armature()], order, placing.Placing("walk", 1.0))

    before = counts()
    job = begin()
    found["second job"] = refusal(operators.generate, **WALK)
    operators.cancel()
    job.task.wait()
    found["cancelled"] = [job.ending, jobs.running() is None, counts() == before]
    job = begin()
    armature().name = "Renamed"
    request["armature"] = "Renamed"
    job.task.wait()
    found["renamed"] = [job.failed, played() is not None]
    job = begin()
    bpy.data.objects.remove(armature())
    job.task.wait()
    found["deleted"] = [job.failed, job.ending, len(settings().history)]
    bpy.ops.wm.open_mainfile(filepath=request["file"]) if request["file"].endswith(".blend") else _import()
    request["armature"] = request["first_name"]
    bpy.context.view_layer.objects.active = armature()
    bpy.ops.wm.save_as_mainfile(filepath=request["out"])
    job = begin()
    bpy.ops.wm.open_mainfile(filepath=request["out"])
    job.task.wait()
    found["other file"] = [job.ending, played() is None, len(settings().history)]
    job = begin()
    blender_addon.unregister()
    job.task.wait()
    blender_addon.register()
    found["switched off"] = [job.ending, jobs.running() is None]
    return found


def bone_maps():
    from blender_addon.session.characters import known, look, map_folder

    rig = armature()
    found = {"family": look(rig).rig_map.family}
    bones = dict(look(rig).rig_map.bones)
    operators.clear_bone(slot="left_hand")
    found["cleared"] = "left_hand" in look(rig).rig_map.bones
    operators.mirror_map(source="right")
    found["mirrored"] = look(rig).rig_map.bones.get("left_hand") == bones["left_hand"]
    operators.assign_bone(slot="head", bone=bones["left_hand"])
    found["assigned"] = [look(rig).rig_map.bones["head"], look(rig).rig_map.bones.get("left_hand")]
    found["no such bone"] = refusal(operators.assign_bone, slot="head", bone="nothing")
    operators.clear_bone(slot="left_thigh")
    found["needed"] = known(rig).refusal
    found["refused"] = refusal(operators.generate, **WALK)
    operators.detect_map()
    found["detected again"] = dict(look(rig).rig_map.bones) == bones
    operators.clear_bone(slot="head")
    path = Path(request["out"]).with_name("shared map.json")
    operators.export_map(filepath=str(path))
    operators.save_map(name="My Rig")
    operators.detect_map()
    found["preset used"] = "head" in look(rig).rig_map.bones
    (map_folder() / "My Rig.json").unlink()
    operators.detect_map()
    found["preset gone"] = "head" in look(rig).rig_map.bones
    operators.import_map(filepath=str(path))
    found["imported"] = "head" in look(rig).rig_map.bones
    path.write_text("{}", encoding="utf-8")
    found["no map"] = refusal(operators.import_map, filepath=str(path))
    return found


def edits():
    """The animation changed as a whole: where the hips go, and which hand is in front."""
    found = {"nothing yet": refusal(operators.mirror)}
    operators.generate(prompt="a person walks forward and turns left", seconds=3.0, preset="draft", seed=3)
    found["walk"] = _hips()
    walk = played()
    for name, options in (("mirror", {}), ("retime", {"speed": 2.0}), ("keep_in_place", {})):
        armature().animation_data.action = walk
        if hasattr(walk, "slots"):
            armature().animation_data.action_slot = walk.slots[0]
        getattr(operators, name)(**options)
        found[name] = _hips()
        found[f"{name} called"] = played().name
    return found


def follow():
    """A walk bent to a quarter of a circle: where the hips and the feet go."""
    operators.generate(prompt="a person walks forward", seconds=4.0, seed=3)
    straight = _bones("Hips", "LeftFoot", "RightFoot")
    data = bpy.data.curves.new("Way", "CURVE")
    data.dimensions = "3D"
    spline = data.splines.new("BEZIER")
    spline.bezier_points.add(1)
    radius = 2.0
    for point, place, handle in zip(
        spline.bezier_points, ((0, 0, 0), (-radius, -radius, 0)), ((0, -1, 0), (-1, 0, 0)), strict=True
    ):
        reach = 0.5523 * radius
        point.handle_left_type = point.handle_right_type = "FREE"
        point.co = place
        point.handle_left = [place[i] - reach * handle[i] for i in range(3)]
        point.handle_right = [place[i] + reach * handle[i] for i in range(3)]
    way = bpy.data.objects.new("Way", data)
    scene().collection.objects.link(way)
    before = counts()
    none = refusal(operators.follow_curve, curve="nothing")
    operators.follow_curve(curve="Way")
    bent = _bones("Hips", "LeftFoot", "RightFoot")
    more = {kind: n - before[kind] for kind, n in counts().items() if n != before[kind]}
    return {"straight": straight, "bent": bent, "radius": radius, "none": none, "more": more}


def _bones(*names):
    """Where the heads of bones are in each frame of the Action that is played, in the world."""
    first, last = (int(frame) for frame in played().frame_range)
    places = {name: [] for name in names}
    for frame in range(first, last + 1):
        scene().frame_set(frame)
        for name in names:
            places[name].append(list(armature().matrix_world @ armature().pose.bones[name].head))
    return places


def _hips():
    """Where the hips are in each frame of the Action that is played, in armature space."""
    first, last = (int(frame) for frame in played().frame_range)
    hips = []
    for frame in range(first, last + 1):
        scene().frame_set(frame)
        hips.append(list(armature().pose.bones["Hips"].head))
    return hips


def several():
    """Two characters, one order: each its own motion."""
    first = armature()
    second = first.copy()
    second.name = "Second"
    scene().collection.objects.link(second)
    second.select_set(True)
    first.select_set(True)
    settings().characters = "SELECTED"
    operators.generate(**WALK)
    actions = [each.animation_data.action for each in (first, second)]
    return {
        "two": actions[0] != actions[1],
        "differ": keys(actions[0]) != keys(actions[1]),
        "history": sorted(entry.seed for entry in settings().history),
    }


def documentation():
    """Names, tooltips and options of every operator and setting."""
    blender_addon.unregister()
    lists = [getattr(bpy.app.handlers, name) for name in dir(bpy.app.handlers)]
    called = [each for some in lists if isinstance(some, list) for each in some]
    handlers = [str(each) for each in called if each.__module__.startswith("blender_addon")]
    left = [hasattr(bpy.types.Scene, "motionwright"), hasattr(bpy.types.Object, "motionwright")]
    blender_addon.register()
    found = []
    for name in dir(operators):
        operator = getattr(operators, name).get_rna_type()
        options = [each for each in operator.properties if each.identifier != "rna_type" and not each.is_hidden]
        silent = [each.identifier for each in options if not each.description and "file" not in each.identifier]
        found.append([name, operator.name, operator.description, silent])
    for group in (settings(), armature().motionwright):
        for each in group.bl_rna.properties:
            if each.identifier not in ("rna_type", "name") and not each.name:
                found.append([each.identifier, each.name, each.description, []])
    return {"operators": found, "left": left, "handlers": handlers}


def _import():
    bpy.ops.wm.read_factory_settings(use_empty=True)
    bpy.ops.import_scene.gltf(filepath=request["file"])


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as request_file:
        request = json.load(request_file)
    request["first_name"] = request["armature"]
    if request["file"].endswith(".blend"):
        bpy.ops.wm.open_mainfile(filepath=request["file"], load_ui=False)
    else:
        _import()
    blender_addon.register()
    engine.configure(
        replace(
            engine.settings(),
            mode=Mode.ADDRESS,
            url=request["url"],
            token=request["token"],
            folder=Path(request["folder"]),
        )
    )
    bpy.context.view_layer.objects.active = armature()
    report = globals()[request["scene"]]()
    with open(request["result"], "w", encoding="utf-8") as result_file:
        json.dump(report, result_file)
    blender_addon.unregister()
    sys.stdout.flush()
    os._exit(0)
