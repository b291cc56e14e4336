"""Which armatures are characters: found once and remembered, so that drawing the sidebar never looks for bones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import bpy

from ..errors import AddonError


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
