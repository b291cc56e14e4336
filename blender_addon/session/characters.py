"""Which armatures are characters: found once and remembered, so that drawing the sidebar never looks for bones."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bpy

from ..engine_link import engine
from ..errors import AddonError
from ..rigs.armature import RestArmature
from ..rigs.detection import detect
from ..rigs.reading import read_armature
from ..rigs.rig_map import RigMap, saved_maps
from ..rigs.topology import NotHumanoidError
from .redrawing import redraw

_LOOK_AFTER_SECONDS = 0.05


@dataclass(frozen=True)
class CharacterKey:
    """An armature object, named in a way that outlives undo and notices another file. uid: Blender's session_uid."""

    name: str
    uid: int

    @classmethod
    def of(cls, armature: Any) -> CharacterKey:
        """The key of an armature object."""
        return cls(armature.name, armature.session_uid)

    def find(self) -> Any:
        """The armature object; AddonError where it has been deleted or its file closed."""
        named = bpy.data.objects.get(self.name)
        if named is not None and named.session_uid == self.uid:
            return named
        renamed = next((each for each in bpy.data.objects if each.session_uid == self.uid), None)
        if renamed is None:
            raise AddonError(f"The character “{self.name}” is no longer in this file; the motion is in the history.")
        return renamed


@dataclass(frozen=True, eq=False)
class Found:
    """What an armature was found to be. refusal: why no motion can be put on it; empty where one can."""

    rig_map: RigMap | None
    refusal: str = ""


_found: dict[tuple[Any, ...], Found] = {}


def known(armature: Any) -> Found | None:
    """What is known of an armature without looking at its bones; None: have it looked at by `look_soon`."""
    return _found.get(_key(armature))


def look(armature: Any) -> Found:
    """What an armature is, found now where it is not known."""
    key = _key(armature)
    if key not in _found:
        _found[key] = _look(armature)
    return _found[key]


def look_soon(armature: Any) -> None:
    """Have an armature looked at when Blender is not drawing; the sidebar is drawn again after it."""
    key = CharacterKey.of(armature)

    def now() -> None:
        try:
            look(key.find())
        except AddonError:
            return
        redraw()

    bpy.app.timers.register(now, first_interval=_LOOK_AFTER_SECONDS)


def character(armature: Any) -> RigMap:
    """The bone map of a character; AddonError where the armature is none."""
    found = look(armature)
    if found.rig_map is None or found.refusal:
        raise AddonError(found.refusal)
    return found.rig_map


def map_folder() -> Path:
    """Where the user's saved bone maps are."""
    return engine.settings().folder / "bone-maps"


def forget_all() -> None:
    """Look at every armature anew: a saved map has come or gone."""
    _found.clear()


def _key(armature: Any) -> tuple[Any, ...]:
    data = armature.data
    return (data.session_uid, len(data.bones), armature.motionwright.bone_map)


def _look(armature: Any) -> Found:
    if not armature.data.bones:
        return Found(None, f"“{armature.name}” has no bones.")
    corrected = armature.motionwright.bone_map
    rig_map: RigMap | None = None
    try:
        rest = read_armature(armature)
        rig_map = RigMap.from_json(corrected, "The corrected bone map") if corrected else _detected(rest)
        rig_map.check(rest)
    except NotHumanoidError as error:
        return Found(None, f"“{armature.name}” is no humanoid rig: {error}.")
    except AddonError as error:
        # A map that lacks a bone is still shown, so that the bone can be chosen.
        return Found(rig_map, str(error))
    return Found(rig_map)


def _detected(rest: RestArmature) -> RigMap:
    return detect(rest, tuple(saved_maps(map_folder()).values()))


@bpy.app.handlers.persistent
def _bones_moved(_scene: Any, depsgraph: Any) -> None:
    if not _found:
        return
    for update in depsgraph.updates:
        if update.is_updated_geometry and isinstance(update.id, bpy.types.Armature):
            uid = update.id.original.session_uid
            for key in [key for key in _found if key[0] == uid]:
                del _found[key]


@bpy.app.handlers.persistent
def _other_file(*_: Any) -> None:
    _found.clear()


def register() -> None:
    """Watch for changed bones and other files."""
    bpy.app.handlers.depsgraph_update_post.append(_bones_moved)
    bpy.app.handlers.load_post.append(_other_file)


def unregister() -> None:
    """Stop watching."""
    bpy.app.handlers.depsgraph_update_post.remove(_bones_moved)
    bpy.app.handlers.load_post.remove(_other_file)
    _found.clear()
