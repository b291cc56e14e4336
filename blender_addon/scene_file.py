"""Opening the user's file in Blender, finding the armature in it, and saving."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy

from .errors import AddonError
from .rigs.detection import detect
from .rigs.reading import read_armature, skinned_meshes
from .rigs.rig_map import RigMap
from .rigs.topology import NotHumanoidError


def open_file(path: Path) -> None:
    """Open a `.blend`, or import anything else into an empty scene. Scripts in the file don't run."""
    try:
        if path.suffix.lower() == ".blend":
            bpy.ops.wm.open_mainfile(filepath=str(path), load_ui=False, use_scripts=False)
            return
        bpy.ops.wm.read_factory_settings(use_empty=True)
        if path.suffix.lower() in (".glb", ".gltf"):
            _import_gltf(path)
        else:
            _import_fbx(path)
    except (RuntimeError, ValueError, KeyError, IndexError, AttributeError, OSError, UnicodeError) as error:
        raise AddonError(f"Blender cannot read {path}: {_reason(error)}.") from error


def _import_gltf(path: Path) -> None:
    options = bpy.ops.import_scene.gltf.get_rna_type().properties.keys()
    # The importer's bone shape would stay in the user's file as an object of its own.
    plain = {"disable_bone_shape": True} if "disable_bone_shape" in options else {}
    bpy.ops.import_scene.gltf(filepath=str(path), **plain)


def _import_fbx(path: Path) -> None:
    if hasattr(bpy.types, "WM_OT_fbx_import"):
        bpy.ops.wm.fbx_import(filepath=str(path))
    else:
        bpy.ops.import_scene.fbx(filepath=str(path))


def _reason(error: Exception) -> str:
    """The first line of an operator's report, without its own “Error:” and full stop."""
    lines = [line.removeprefix("Error:").strip() for line in str(error).splitlines() if line.strip()]
    return (lines[0] if lines else type(error).__name__).rstrip(".")


def find_rig(path: Path, name: str | None) -> tuple[Any, RigMap]:
    """The armature object called `name`, or the likeliest character, with its bone map."""
    armatures = [candidate for candidate in bpy.context.scene.objects if candidate.type == "ARMATURE"]
    if not armatures:
        raise AddonError(f"{path} holds no armature: a rig with bones is needed.")
    if name is not None:
        chosen = [candidate for candidate in armatures if candidate.name == name]
        if not chosen:
            names = ", ".join(f"“{candidate.name}”" for candidate in armatures)
            raise AddonError(f"{path} holds no armature called “{name}”; it holds {names}.")
        armatures = chosen
    found, refusals = [], []
    for candidate in armatures:
        try:
            rig_map = detect(read_armature(candidate))
        except NotHumanoidError as refusal:
            refusals.append((refusal.stage, candidate.name, str(refusal)))
            continue
        meshes = len(skinned_meshes(candidate, bpy.context.scene.objects))
        found.append((meshes, len(candidate.data.bones), candidate, rig_map))
    if not found:
        _, refused, missing = max(refusals)
        raise AddonError(f"The armature “{refused}” in {path} is no humanoid rig: {missing}.")
    _, _, chosen_object, rig_map = max(found, key=lambda entry: entry[:2])
    if chosen_object.library is not None:
        raise AddonError(f"The armature “{chosen_object.name}” is linked; make a library override of it first.")
    return chosen_object, rig_map


def save_file(path: Path) -> None:
    """Save as `path`; paths inside the file stay relative to where it lies."""
    bpy.context.preferences.filepaths.save_version = 0
    bpy.ops.wm.save_as_mainfile(filepath=str(path), check_existing=False, relative_remap=True, compress=True)
