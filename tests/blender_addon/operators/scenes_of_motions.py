"""Inside Blender: motions made, changed, brought back. Each function is one scene; the test sees what it returns."""

import json
from dataclasses import replace

import bpy
from looking import (
    WALK,
    alike,
    armature,
    counts,
    fcurves,
    hand_keyed,
    keys,
    look,
    operators,
    played,
    refusal,
    request,
    scene,
    settings,
)

from blender_addon.engine_link import engine


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


def edits():
    """The animation changed as a whole: where the hips go, and which hand is in front."""
    found = {"nothing yet": refusal(operators.mirror)}
    operators.generate(prompt="a person walks forward and turns left", seconds=3.0, preset="draft", seed=3)
    found["walk"] = _hips()
    walk = played()
    for name, options in (("mirror", {}), ("retime", {"speed": 2.0}), ("keep_in_place", {}), ("loop", {})):
        armature().animation_data.action = walk
        if hasattr(walk, "slots"):
            armature().animation_data.action_slot = walk.slots[0]
        getattr(operators, name)(**options)
        found[name] = _hips()
        found[f"{name} called"] = played().name
    first, last = (int(frame) for frame in played().frame_range)
    found["loop ends"] = [_poses(frame, frame)[0] for frame in (first, last)]
    found["loop turns"] = [_heading(frame) for frame in (first, last)]
    return found


def _heading(frame):
    """Where the hips face in a frame: their left, seen from above."""
    scene().frame_set(frame)
    bone = armature().pose.bones["Hips"]
    return list((bone.matrix.to_3x3() @ bone.bone.matrix_local.to_3x3().inverted()).col[0])


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
