"""Inside Blender: what goes wrong, what happens meanwhile, and all that is not a motion. Each function is one scene."""

from pathlib import Path

import bpy
from looking import (
    WALK,
    armature,
    counts,
    keys,
    open_character,
    operators,
    played,
    refusal,
    request,
    scene,
    settings,
)

import blender_addon


def refusals():
    found = {}
    active = bpy.context.view_layer.objects
    active.active = None
    found["nothing selected"] = refusal(operators.generate, **WALK)
    active.active = _instance()
    found["an instance"] = refusal(operators.generate, **WALK)
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


def _instance():
    """The character's collection once more, as an empty shows it."""
    collection = bpy.data.collections.new("Crowd")
    collection.objects.link(armature())
    empty = bpy.data.objects.new("Somebody", None)
    empty.instance_type, empty.instance_collection = "COLLECTION", collection
    scene().collection.objects.link(empty)
    return empty


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
    found, name = {}, request["armature"]

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
    request["armature"] = name
    open_character()
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
