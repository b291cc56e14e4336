"""Finding a humanoid in an armature by its shape: two legs below a pelvis, a spine going up, two arms on it, a head.

Names are asked last, and only where the shape leaves a choice. Left and right follow from where the feet point.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from ..errors import AddonError
from ..retarget.axes import CharacterAxes
from ..retarget.rotations import Array, normalize
from .armature import RestArmature
from .body import Arm, Body, Leg

_UPS = ((0, 0, 1), (0, 1, 0), (0, 0, -1), (0, -1, 0), (1, 0, 0), (-1, 0, 0))
_ARM_NAMES = re.compile(r"arm|shoulder|clavicle|collar|elbow|hand", re.IGNORECASE)
_HEAD_NAME = re.compile(r"head", re.IGNORECASE)
_HEAD_END = re.compile(r"end|tip|leaf|top|nub|site", re.IGNORECASE)


class NotHumanoidError(AddonError):
    """An armature without a recognisable body; `stage` counts how far the search came."""

    def __init__(self, missing: str, stage: int) -> None:
        super().__init__(missing)
        self.stage = stage


@dataclass(frozen=True)
class _Limb:
    """A chain of bones on either side, of the same length, mirrored about the middle; the sides not yet named."""

    parent: int
    one: tuple[int, ...]
    other: tuple[int, ...]


def find_body(armature: RestArmature) -> Body:
    """The humanoid in `armature`; NotHumanoidError, whose message says what is missing, where there is none."""
    if not armature.names:
        raise NotHumanoidError("no bones", 0)
    refusals = []
    for up in _UPS:
        try:
            return _find_body_with_up(armature, np.array(up, dtype=np.float64))
        except NotHumanoidError as refusal:
            refusals.append(refusal)
    raise max(refusals[:2], key=lambda refusal: refusal.stage)


def _find_body_with_up(armature: RestArmature, up: Array) -> Body:
    limbs = _mirrored_limbs(armature, up)
    legs, hip = _legs(armature, limbs, up)
    arms, shoulder = _arms(armature, limbs, legs, hip, up)
    pelvis = _common_ancestor(armature, legs.parent, arms.parent)
    spine = _path(armature, pelvis, arms.parent)
    if (armature.heads[arms.one[shoulder]] - armature.heads[legs.one[hip]]) @ up <= 0:
        raise NotHumanoidError("no spine that leads from the legs up to the arms", 3)
    neck, head = _neck_and_head(armature, arms, up)
    axes = _axes(armature, legs, hip, up)
    left_leg, right_leg = _left_first(armature, legs, hip, axes)
    left_arm, right_arm = _left_first(armature, arms, shoulder, axes)
    names = armature.names
    return Body(
        pelvis=names[pelvis],
        spine=tuple(names[bone] for bone in spine),
        neck=tuple(names[bone] for bone in neck),
        head=None if head is None else names[head],
        left_arm=_arm(names, left_arm, shoulder),
        right_arm=_arm(names, right_arm, shoulder),
        left_leg=_leg(names, left_leg, hip),
        right_leg=_leg(names, right_leg, hip),
        axes=axes,
    )


def _mirrored_limbs(armature: RestArmature, up: Array) -> list[_Limb]:
    """Every pair of chains of three bones or more that hang on one bone and mirror each other about its middle."""
    size = float(np.ptp(armature.heads, axis=0).max())
    found = []
    for parent, children in enumerate(armature.children):
        for i, one in enumerate(children):
            for other in children[i + 1 :]:
                a, b = armature.main_chains[one], armature.main_chains[other]
                count = min(len(a), len(b))
                if count >= 3 and abs(len(a) - len(b)) <= 1 and _mirror(armature, a[:count], b[:count], up, size):
                    found.append(_Limb(parent, a[:count], b[:count]))
    return found


def _mirror(armature: RestArmature, a: tuple[int, ...], b: tuple[int, ...], up: Array, size: float) -> bool:
    """Whether chain b is chain a mirrored about an upright plane, within 4 % of the armature's size."""
    apart = armature.heads[list(a)] - armature.heads[list(b)]
    level = apart - (apart @ up)[:, None] * up
    widest = level[np.argmax(np.linalg.norm(level, axis=-1))]
    if np.linalg.norm(widest) < 0.02 * size:
        return False
    side = normalize(widest)
    skew = np.linalg.norm(apart - (apart @ side)[:, None] * side, axis=-1).max()
    middles = (armature.heads[list(a)] + armature.heads[list(b)]) @ side / 2.0
    return bool(skew < 0.04 * size and np.ptp(middles) < 0.04 * size)


def _legs(armature: RestArmature, limbs: list[_Limb], up: Array) -> tuple[_Limb, int]:
    """The pair of limbs that stands on the ground, and which of its bones is the thigh."""
    heights = armature.heads @ up
    floor, size = heights.min(), max(float(np.ptp(heights)), 1e-9)
    standing = []
    for limb in limbs:
        first = _long_pair(armature, limb.one)
        if first is None or len(limb.one) < first + 3:
            continue
        hip, ankle = limb.one[first], limb.one[first + 2]
        length = _segment(armature, limb.one, first) + _segment(armature, limb.one, first + 1)
        drop = heights[hip] - heights[ankle]
        if drop > 0.7 * length and heights[ankle] - floor < 0.2 * size and drop > 0.2 * size:
            standing.append((limb, first))
    if not standing:
        raise NotHumanoidError("no recognisable legs", 0)
    pairs = {armature.ancestors(limb.one[first])[0] for limb, first in standing}
    if len(pairs) > 1:
        raise NotHumanoidError("no recognisable arms, for it stands on more than two legs", 1)
    return max(standing, key=lambda found: len(found[0].one))


def _arms(armature: RestArmature, limbs: list[_Limb], legs: _Limb, hip: int, up: Array) -> tuple[_Limb, int]:
    """The pair of arms, and which of its bones is the upper arm."""
    leg_length = _segment(armature, legs.one, hip) + _segment(armature, legs.one, hip + 1)
    hip_height = armature.heads[legs.one[hip]] @ up
    found = []
    for limb in limbs:
        first = _long_pair(armature, limb.one)
        if first is None or set(limb.one) & set(legs.one) or first > 2:
            continue
        length = _segment(armature, limb.one, first) + _segment(armature, limb.one, first + 1)
        above = armature.heads[limb.one[first]] @ up > hip_height
        if above and 0.3 * leg_length < length < 2.5 * leg_length:
            named = any(_ARM_NAMES.search(armature.names[bone]) for bone in limb.one)
            found.append((named, length, limb, first))
    if not found:
        raise NotHumanoidError("no recognisable arms", 2)
    _, _, arms, shoulder = max(found, key=lambda arm: arm[:2])
    return arms, shoulder


def _segment(armature: RestArmature, chain: tuple[int, ...], i: int) -> float:
    """The length of bone i of the chain, to the next bone's head, or to its own tail at the end."""
    end = armature.heads[chain[i + 1]] if i + 1 < len(chain) else armature.tails[chain[i]]
    return float(np.linalg.norm(end - armature.heads[chain[i]]))


def _long_pair(armature: RestArmature, chain: tuple[int, ...]) -> int | None:
    """Where the two longest segments in a row begin, of comparable length: a thigh and a shin, or an arm's two."""
    lengths = [_segment(armature, chain, i) for i in range(len(chain) - 1)]
    pairs = [
        (lengths[i] + lengths[i + 1], -i)
        for i in range(len(lengths) - 1)
        if 0.45 < lengths[i] / max(lengths[i + 1], 1e-9) < 2.2
    ]
    return -max(pairs)[1] if pairs else None


def _common_ancestor(armature: RestArmature, a: int, b: int) -> int:
    above_b = set(armature.ancestors(b))
    common = next((bone for bone in armature.ancestors(a) if bone in above_b), None)
    if common is None:
        raise NotHumanoidError("no pelvis that carries both the legs and the spine", 3)
    return common


def _path(armature: RestArmature, top: int, bottom: int) -> tuple[int, ...]:
    """The bones below `top` on the way to `bottom`, `bottom` last."""
    ancestors = armature.ancestors(bottom)
    return tuple(reversed(ancestors[: ancestors.index(top)]))


def _neck_and_head(armature: RestArmature, arms: _Limb, up: Array) -> tuple[tuple[int, ...], int | None]:
    """The chain that goes up from between the arms, parted into neck and head."""
    chest = arms.parent
    above = [bone for bone in armature.children[chest] if bone not in (arms.one[0], arms.other[0])]
    base = armature.heads[chest] @ up

    def reach(bone: int) -> float:
        return float(max((armature.heads[b] @ up) - base for b in armature.main_chains[bone]))

    above = [bone for bone in above if armature.heads[bone] @ up >= base and reach(bone) > 0]
    if not above:
        return (), None
    chain = armature.main_chains[max(above, key=reach)]
    named = [i for i, b in enumerate(chain) if _is_head(armature.names[b])]
    if named:
        head = named[0]
    else:
        # Eyes, ears and a jaw hang on the head; without them an end bone marks its top.
        branching = [i for i, bone in enumerate(chain) if len(armature.children[bone]) >= 2]
        head = branching[0] if branching else max(0, len(chain) - (2 if len(chain) >= 3 else 1))
    return chain[:head], chain[head]


def _is_head(name: str) -> bool:
    return bool(_HEAD_NAME.search(name) and not _HEAD_END.search(name))


def _axes(armature: RestArmature, legs: _Limb, hip: int, up: Array) -> CharacterAxes:
    """Up, and forward: across the hips, on the side to which the feet point."""
    across = armature.heads[legs.one[hip]] - armature.heads[legs.other[hip]]
    forward = normalize(np.cross(across, up))
    pointing = sum((_foot_direction(armature, chain, hip) for chain in (legs.one, legs.other)), np.zeros(3))
    return CharacterAxes.facing(up, forward if forward @ pointing >= 0 else -forward)


def _foot_direction(armature: RestArmature, chain: tuple[int, ...], hip: int) -> Array:
    foot = chain[hip + 2]
    children = armature.children[foot]
    toe = armature.heads[chain[hip + 3]] if len(chain) > hip + 3 and children else armature.tails[foot]
    return np.asarray(toe - armature.heads[foot], dtype=np.float64)


def _left_first(
    armature: RestArmature, limb: _Limb, first: int, axes: CharacterAxes
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    apart = armature.heads[limb.one[first]] - armature.heads[limb.other[first]]
    return (limb.one, limb.other) if axes.vectors_to_motion(apart)[0] > 0 else (limb.other, limb.one)


def _arm(names: tuple[str, ...], chain: tuple[int, ...], first: int) -> Arm:
    return Arm(
        clavicle=names[chain[first - 1]] if first else None,
        upper_arm=names[chain[first]],
        forearm=names[chain[first + 1]],
        hand=names[chain[first + 2]] if len(chain) > first + 2 else None,
    )


def _leg(names: tuple[str, ...], chain: tuple[int, ...], first: int) -> Leg:
    return Leg(
        thigh=names[chain[first]],
        shin=names[chain[first + 1]],
        foot=names[chain[first + 2]],
        toe=names[chain[first + 3]] if len(chain) > first + 3 else None,
    )
