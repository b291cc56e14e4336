"""An armature at rest, as numbers: what detection looks at. No bpy here."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ..retarget.rotations import Array


@dataclass(frozen=True, eq=False)
class RestArmature:
    """B bones in the rest pose, in armature space and units; a parent before its children, −1 without one.

    heads, tails: (B, 3). orientations: (B, 3, 3), columns are the bone's own axes; +Y runs from head to tail.
    """

    names: tuple[str, ...]
    parents: tuple[int, ...]
    heads: Array
    tails: Array
    orientations: Array

    @cached_property
    def children(self) -> tuple[tuple[int, ...], ...]:
        """The children of each bone, in order."""
        found: list[list[int]] = [[] for _ in self.names]
        for bone, parent in enumerate(self.parents):
            if parent >= 0:
                found[parent].append(bone)
        return tuple(tuple(bones) for bones in found)

    @cached_property
    def main_chains(self) -> tuple[tuple[int, ...], ...]:
        """For each bone the longest way down from it, itself first, measured along the heads."""
        chains: list[tuple[int, ...]] = [()] * len(self.names)
        lengths = np.zeros(len(self.names))
        for bone in reversed(range(len(self.names))):
            ways = [(np.linalg.norm(self.heads[c] - self.heads[bone]) + lengths[c], -c) for c in self.children[bone]]
            if ways:
                lengths[bone], negative = max(ways)
                chains[bone] = (bone, *chains[-negative])
            else:
                chains[bone] = (bone,)
                lengths[bone] = 1e-3 * np.linalg.norm(self.tails[bone] - self.heads[bone])
        return tuple(chains)

    def ancestors(self, bone: int) -> tuple[int, ...]:
        """The bone, its parent, and so on up to the root."""
        found = []
        while bone >= 0:
            found.append(bone)
            bone = self.parents[bone]
        return tuple(found)

    def index(self, name: str) -> int:
        """The index of the bone called `name`; ValueError where there is none."""
        return self.names.index(name)
