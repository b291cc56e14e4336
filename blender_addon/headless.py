"""One job in a Blender of its own, ordered and answered through files.

python -m blender_addon.headless JOB.json                                    a Python that has bpy
blender --background --factory-startup --python headless.py -- JOB.json      a Blender executable
"""

from __future__ import annotations

import os
import sys
import traceback
from pathlib import Path

if not globals().get("__package__"):
    # Run as a file: nobody has made the package importable. At the end of the path, for the folder may be a whole
    # site-packages of another Python, whose numpy would not load in this one.
    sys.path.append(str(Path(__file__).resolve().parent.parent))
    __package__ = Path(__file__).resolve().parent.name  # what the relative imports below are relative to

from .errors import AddonError
from .job import Job, Result, read_job, write_json


def run(job: Job) -> Result:
    """Open, find the rig, bake, save, render: each step only where the job asks for it."""
    import bpy

    from .bake.on_rig import bake_motion
    from .demo.character import make_character
    from .preview.figures import shown_meshes
    from .preview.film import render_film
    from .preview.sheet import render_sheet
    from .retarget.source import read_motion
    from .rigs.building import build_rig
    from .rigs.reading import read_armature
    from .scene_file import find_rig, open_file, save_file

    if job.rig is None:
        make_character()
    else:
        open_file(Path(job.rig))
    armature, rig_map = find_rig(Path(job.rig or "The demonstration"), job.armature)
    if job.preview is not None and not shown_meshes(armature):
        raise AddonError(f"“{armature.name}” deforms no mesh that a preview could show; leave out --preview.")
    if job.motion is None:
        return Result(armature=armature.name, family=rig_map.family)
    scene = bpy.context.scene
    fps = scene.render.fps / scene.render.fps_base
    baked = bake_motion(armature, read_motion(Path(job.motion)), rig_map, name=job.name, start=scene.frame_start)
    scene.frame_end = max(scene.frame_end, baked.end)
    if job.rig is None or not job.rig.lower().endswith(".blend"):
        scene.frame_end = baked.end
    scene.frame_set(scene.frame_start)
    frames = baked.end - baked.start + 1
    if job.blend is not None:
        save_file(Path(job.blend))
    rig = build_rig(read_armature(armature), rig_map)
    if job.preview is not None:
        render_sheet(armature, rig, frames, Path(job.preview))
    if job.film is not None:
        render_film(armature, rig, frames, Path(job.film))
    return Result(armature=armature.name, family=rig_map.family, action=baked.action_name, frames=frames, fps=fps)


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
