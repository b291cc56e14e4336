"""Which joint of a skeleton is which of the body: by its name, and for the spine by where it lies."""

from __future__ import annotations

import re
from collections.abc import Sequence

# Joint of the body → names it goes by, without prefixes, case and punctuation; S stands for the side.
_OF_THE_MIDDLE = {
    "pelvis": ("pelvis", "hips", "hip", "root"),
    "neck": ("neck", "neck1", "neck01", "necktwist01", "lowerneck"),
    "head": ("head",),
}
_OF_A_SIDE = {
    "hip": ("Supleg", "Sthigh", "thighS", "upperlegS", "Supperleg", "Sfemur", "Ship"),
    "knee": ("Sknee", "Sleg", "Sshin", "Scalf", "calfS", "lowerlegS", "Slowerleg", "Stibia"),
    "ankle": ("Sankle", "Sfoot", "footS"),
    "foot": ("Stoebase", "Stoe", "Stoes", "toesS", "ballS", "toeS", "Sfootend", "footSend"),
    "collar": ("Scollar", "Sclavicle", "clavicleS", "Scollarbone", "shoulderS"),
    "shoulder": ("Sarm", "Supperarm", "upperarmS", "Sshldr", "Suparm", "Shumerus"),
    "elbow": ("Selbow", "Sforearm", "lowerarmS", "Slowerarm", "Slowarm", "Sradius"),
    "wrist": ("Swrist", "wristS", "Shand", "handS"),
}
_PREFIX = re.compile(r"^(?:mixamorig\d*|cc_base|bip\d+|bvh|[\w ]+:)[_: ]*", re.IGNORECASE)


def joints_of_the_body(names: Sequence[str], parents: Sequence[int]) -> dict[str, str]:
    """Joint of the body → joint of the skeleton, for all that can be told.

    names, parents: (J,) of the skeleton, a parent before its children, −1 for the root.
    """
    plain = {}
    for name in reversed(names):  # of two that sound alike, the one nearer to the root
        plain[_plain(name)] = name
    found = {
        joint: plain[name] for joint, spoken in _OF_THE_MIDDLE.items() for name in reversed(spoken) if name in plain
    }
    for side in ("left", "right"):
        for joint, spoken in _OF_A_SIDE.items():
            for name in reversed(spoken):
                for letter in (side, side[0]):
                    if (key := name.replace("S", letter)) in plain:
                        found[f"{side}_{joint}"] = plain[key]
        _name_the_shoulder(side, plain, found)
    _name_the_spine(names, parents, found)
    return found


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", _PREFIX.sub("", name).lower())


def _name_the_shoulder(side: str, plain: dict[str, str], found: dict[str, str]) -> None:
    """Half of the world calls the collar "shoulder", the other half the upper arm."""
    named = plain.get(f"{side}shoulder") or plain.get(f"{side[0]}shoulder")
    if named is not None:
        found.setdefault(f"{side}_collar" if f"{side}_shoulder" in found else f"{side}_shoulder", named)


def _name_the_spine(names: Sequence[str], parents: Sequence[int], found: dict[str, str]) -> None:
    """The first joint above the pelvis, the last one below the neck (or the arms), and the one in the middle."""
    top = found.get("neck") or found.get("left_collar") or found.get("left_shoulder")
    if top is None or "pelvis" not in found:
        return
    index_of = {name: index for index, name in enumerate(names)}
    stems = set()  # the pelvis and all above it in the tree
    index = index_of[found["pelvis"]]
    while index >= 0:
        stems.add(index)
        index = parents[index]
    chain: list[str] = []
    index = parents[index_of[top]]
    while index >= 0 and index not in stems:
        chain.insert(0, names[index])
        index = parents[index]
    if chain:
        found["spine1"], found["spine3"] = chain[0], chain[-1]
    if len(chain) >= 3:
        found["spine2"] = chain[len(chain) // 2]
