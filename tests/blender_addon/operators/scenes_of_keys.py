"""Inside Blender: where keys go, and animation that is read a little at a time. Each function is one scene."""

from pathlib import Path

import bpy
import numpy as np
from looking import WALK, armature, counts, fcurves, hand_keyed, keys, operators, played, request, scene, settings


def _shown(bone, frames):
    """Where a bone's head is in the world in each frame."""
    places = []
    for frame in frames:
        scene().frame_set(frame)
        places.append(list(armature().matrix_world @ armature().pose.bones[bone].head))
    return places


def _moving():
    """Bone, or "" for the object → the channels of it that are not the same all the time."""
    found = {}
    for curve in fcurves(played()):
        bone = curve.data_path.split('"')[1] if '"' in curve.data_path else ""
        if np.ptp([point.co[1] for point in curve.keyframe_points]) > 1e-3:
            found.setdefault(bone, set()).add(curve.data_path.rpartition(".")[2])
    return {bone: sorted(channels) for bone, channels in found.items()}


def carriers():
    """The same seed with the travel on the hips, the root bone and the object."""
    from blender_addon.session.characters import look

    bones, frames, found = look(armature()).rig_map.bones, range(1, 49, 6), {}
    for root in ("hips", "root_bone", "object"):
        settings().root = root
        operators.generate(**WALK, start=1)
        found[root] = {"head": _shown(bones["head"], frames), "moving": _moving()}
    return {"found": found, "names": [bones["pelvis"], bones["root"]]}


def strip():
    """A motion as a strip over hand-keyed animation, which stays in the file as it was."""
    hand_keyed()
    own, before = played().name, keys(played())
    settings().target = "NLA_STRIP"
    operators.generate(**WALK, start=51)
    tracks = armature().animation_data.nla_tracks
    frames = range(51, 99, 8)
    hips = _shown("Hips", frames)
    strips = [[s.name, s.action.name, s.frame_start, s.frame_end] for track in tracks for s in track.strips]
    settings().target = "NEW_ACTION"
    armature().animation_data.use_nla = False
    operators.generate(**WALK, start=51)
    return {
        "own": own,
        "kept": keys(bpy.data.actions[own]) == before,
        "strips": strips,
        "hips": hips,
        "alone": _shown("Hips", frames),
    }


def limbs():
    """The same seed with its limbs keyed bone by bone and by the controls of feet and hands."""
    found, frames = {}, range(1, 49, 6)
    for kind in ("fk", "ik"):
        settings().feet = settings().hands = kind
        operators.generate(**WALK, start=1)
        ends = [_shown(f"ORG-{end}.{side}", frames) for end in ("foot", "hand") for side in "LR"]
        found[kind] = {"ends": ends, "moving": _moving()}
    return found


def linked():
    """A character linked from another file, then overridden, then made editable: what is said, what is keyed."""
    library, name = request["out"], request["armature"]
    armature().animation_data_clear()
    bpy.ops.wm.save_as_mainfile(filepath=library)
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    with bpy.data.libraries.load(library, link=True) as (_, into):
        into.objects = [name]
    linked_rig = into.objects[0]
    scene().collection.objects.link(linked_rig)
    bpy.context.view_layer.objects.active = linked_rig
    found = {"linked": _said(operators.generate)}
    override = linked_rig.override_hierarchy_create(scene(), bpy.context.view_layer)
    bpy.context.view_layer.objects.active = override
    override.override_library.is_system_override = True
    found["system"] = _said(operators.generate)
    override.override_library.is_system_override = False
    found["override"] = _said(operators.generate)
    animation = override.animation_data
    found["keyed"] = [animation.action.library is None, len(fcurves(animation.action)), animation.action.name]
    found["hips"] = _heads(override)
    path = str(Path(request["out"]).with_name("shot.blend"))
    bpy.ops.wm.save_as_mainfile(filepath=path)
    bpy.ops.wm.open_mainfile(filepath=path, load_ui=False)
    again = next(each for each in scene().objects if each.type == "ARMATURE" and each.override_library)
    found["hips_again"] = _heads(again)
    bpy.context.view_layer.objects.active = again
    found["edited"] = _said(operators.mirror, go=True)
    return found


def _said(operator, go=False):
    """What is said of a walk, or with go of the operator without options."""
    try:
        operator(**({} if go else WALK))
    except RuntimeError as error:
        return str(error).strip()
    return ""


def _heads(rig):
    places = []
    for frame in range(1, 49, 6):
        scene().frame_set(frame)
        places.append(list(rig.matrix_world @ rig.pose.bones["Hips"].head))
    return places


def reading():
    """Saving, undo and steps of undo while a character's animation is read."""
    from blender_addon.session import jobs
    from blender_addon.session.captured import Capturing
    from blender_addon.session.jobs import Outcome

    hand_keyed()
    bpy.ops.ed.undo_push(message="By hand")
    found, done = {"scenes": []}, []

    def begin(slices):
        job = jobs.read_then(
            "reading", Capturing(armature(), 1, 200, 30.0), lambda motion: done.append(motion) or Outcome("Read.")
        )
        for _ in range(slices):
            job.reading.capturing.advance(0.0)
        return job

    def scenes():
        found["scenes"].append(len(bpy.data.scenes))

    scenes()
    job = begin(4)
    scenes()
    part = job.reading.capturing.fraction
    path = str(Path(request["out"]).with_name("saved.blend"))
    bpy.ops.wm.save_as_mainfile(filepath=path, copy=True)
    with bpy.data.libraries.load(path) as (inside, _):
        found["saved"] = len(inside.scenes)
    jobs.wait(job)
    found["after saving"] = [job.ending, len(done), 0.0 < part < 1.0]
    scenes()
    job = begin(4)
    bpy.ops.ed.undo_push(message="Meanwhile")
    bpy.ops.ed.undo()
    found["undone"] = [job.ending, job.failed, jobs.running() is None, jobs.trouble().sentence]
    scenes()
    bpy.ops.ed.redo()
    scenes()
    job = begin(4)
    jobs.cancel()
    found["cancelled"] = job.ending
    scenes()
    job = begin(1)
    bpy.data.objects.remove(armature())
    jobs.wait(job)
    found["deleted"] = [job.ending, job.failed]
    scenes()
    found["read"] = len(done)
    found["counts"] = counts()["scenes"]
    return found
