"""The fingers of a hand: by their names, and where those say nothing, by their place beside each other."""

from __future__ import annotations

import re

import numpy as np

from .armature import RestArmature
from .rig_map import FINGER_BONES, FINGERS

_NAMES = {
    "thumb": re.compile(r"thumb|親指|finger0|fingers?1(?!\d)", re.IGNORECASE),
    "index": re.compile(r"index|pointer|人指|人差指", re.IGNORECASE),
    "middle": re.compile(r"middle|mid|中指", re.IGNORECASE),
    "ring": re.compile(r"ring|薬指", re.IGNORECASE),
    "pinky": re.compile(r"pinky|pinkie|little|small|小指", re.IGNORECASE),
}


def finger_bones(armature: RestArmature, hand: str) -> dict[str, str]:
    """Slot without its side → bone, e.g. "index1", for every finger that is found."""
    chains = [_finger(armature, child) for child in armature.children[armature.index(hand)]]
    chains = [chain for chain in chains if len(chain) >= 2]
    named = {_named(armature.names[chain[0]]): chain for chain in chains}
    if None in named:
        named = (
            dict(zip(FINGERS, _in_order(armature, hand, chains), strict=False)) if len(chains) == len(FINGERS) else {}
        )
    return {
        f"{finger}{i + 1}": armature.names[bone]
        for finger, chain in named.items()
        if finger is not None
        for i, bone in enumerate(chain[:FINGER_BONES])
    }


def _finger(armature: RestArmature, bone: int) -> tuple[int, ...]:
    """The bones of a finger; a bone inside the palm, which comes before three others, is none of them."""
    chain = armature.main_chains[bone]
    return (
        chain[1:] if "metacarpal" in armature.names[bone].lower() or "palm" in armature.names[bone].lower() else chain
    )


def _named(bone: str) -> str | None:
    return next((finger for finger, pattern in _NAMES.items() if pattern.search(bone)), None)


def _in_order(armature: RestArmature, hand: str, chains: list[tuple[int, ...]]) -> list[tuple[int, ...]]:
    """Five chains from thumb to pinky: side by side, the thumb being the one that starts nearest to the wrist."""
    wrist = armature.heads[armature.index(hand)]
    starts = np.array([armature.heads[chain[0]] for chain in chains])
    across = np.linalg.svd(starts - starts.mean(axis=0))[2][0]
    order = np.argsort(starts @ across)
    ends = [np.linalg.norm(starts[order[end]] - wrist) for end in (0, -1)]
    return [chains[i] for i in (order if ends[0] <= ends[1] else order[::-1])]
