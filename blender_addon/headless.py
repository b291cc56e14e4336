"""One job in a Blender of its own: `python -m blender_addon.headless JOB.json`, or with a Blender executable

blender --background --factory-startup --python headless.py -- JOB.json
"""

from __future__ import annotations

import os
import sys
import traceback
from pathlib import Path

if __package__ in (None, ""):  # run as a file by Blender, which has not set up a package
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from blender_addon.errors import AddonError
from blender_addon.job import Job, Result, read_job, write_json


def run(job: Job) -> Result:
    """Open, find the rig, bake, save, render: each step only where the job asks for it."""
    import bpy

    from blender_addon.bake.action import bake
    from blender_addon.demo.character import make_character
    from blender_addon.preview.sheet import render_sheet
    from blender_addon.retarget.source import read_motion
    from blender_addon.retarget.transfer import retarget
    from blender_addon.scene_file import find_rig, open_file, save_file

    if job.rig is None:
        make_character()
    else:
        open_file(Path(job.rig))
    armature, rig, switches = find_rig(Path(job.rig or "the demonstration"), job.armature)
    if job.motion is None:
        return Result(armature=armature.name, family=rig.family)
    scene = bpy.context.scene
    fps = scene.render.fps / scene.render.fps_base
    source = read_motion(Path(job.motion)).resampled(fps)
    motion = retarget(source, rig)
    action = bake(armature, motion, switches, job.name, source.meta, scene.frame_start)
    scene.frame_end = max(scene.frame_end, scene.frame_start + len(motion) - 1)
    if job.rig is None or not job.rig.lower().endswith(".blend"):
        scene.frame_end = scene.frame_start + len(motion) - 1
    scene.frame_set(scene.frame_start)
    name = action.name
    if job.blend is not None:
        save_file(Path(job.blend))
    if job.preview is not None:
        render_sheet(armature, rig, len(motion), Path(job.preview))
    return Result(armature=armature.name, family=rig.family, action=name, frames=len(motion), fps=fps)


def main(arguments: list[str]) -> int:
    """Run the job of the file named last, and write its result; 1 where the user has to be told something."""
    job = read_job(Path(arguments[-1]))
    try:
        result = run(job)
    except AddonError as error:
        result = Result(error=str(error))
    except Exception:
        traceback.print_exc()
        return 3
    write_json(Path(job.result), result)
    return 1 if result.error else 0


if __name__ == "__main__":
    status = main(sys.argv)
    sys.stdout.flush()
    sys.stderr.flush()
    # Some builds of bpy hang in their own clean-up; everything that matters is on disk by now.
    os._exit(status)
