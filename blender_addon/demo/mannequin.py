"""The parts of the demonstration's mannequin, laid along the bones of a Rigify character at rest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from .lathe import Part, ball, stack, tapered

Point = Sequence[float]
_TORSO = (  # height, half width, half depth, how far back: metres on Rigify's own metarig, 1.98 m tall
    (0.955, 0.030, 0.030, 0.012),
    (0.975, 0.100, 0.082, 0.012),
    (1.040, 0.160, 0.116, 0.016),
    (1.120, 0.158, 0.112, 0.014),
    (1.220, 0.134, 0.096, 0.004),
    (1.310, 0.134, 0.096, -0.004),
    (1.410, 0.158, 0.112, -0.006),
    (1.500, 0.178, 0.118, 0.000),
    (1.570, 0.172, 0.104, 0.008),
    (1.620, 0.130, 0.080, 0.012),
    (1.652, 0.074, 0.060, 0.012),
    (1.668, 0.030, 0.030, 0.012),
)
_FINGERS = ("f_index", "f_middle", "f_ring", "f_pinky", "thumb")


def mannequin(heads: Mapping[str, Point], tails: Mapping[str, Point]) -> list[Part]:
    """All parts. heads, tails: where each deforming bone (`DEF-…`) begins and ends at rest, metres, Z up."""
    parts = _trunk(heads, tails)
    for side in ("L", "R"):
        parts += _arm(heads, tails, side)
        parts += _leg(heads, tails, side)
    return parts


def _trunk(heads: Mapping[str, Point], tails: Mapping[str, Point]) -> list[Part]:
    low, high = _TORSO[0][0], _TORSO[-1][0]
    spine = ["DEF-spine", "DEF-spine.001", "DEF-spine.002", "DEF-spine.003"]
    bones = [(bone, (heads[bone][2] - low) / (high - low)) for bone in spine]
    neck = np.array(heads["DEF-spine.004"])
    skull = np.array(heads["DEF-spine.006"])
    return [
        stack(_TORSO, bones),
        tapered(
            neck - (0, 0, 0.03), skull + (0, 0, 0.03), (0.056, 0.048, 0.05), _pair("DEF-spine.004", "DEF-spine.005")
        ),
        tapered(
            skull + (0, -0.03, -0.035),
            skull + (0, -0.005, 0.225),
            (0.062, 0.080, 0.094, 0.102, 0.100),
            [("DEF-spine.006", 0.0)],
            flat=1.18,
        ),
        # A visor, without which nobody could tell where the head looks.
        tapered(
            skull + (-0.062, -0.104, 0.100),
            skull + (0.062, -0.104, 0.100),
            (0.026, 0.032, 0.026),
            [("DEF-spine.006", 0.0)],
            accent=True,
            side=(0.0, 0.0, 1.0),
        ),
    ]


def _arm(heads: Mapping[str, Point], tails: Mapping[str, Point], side: str) -> list[Part]:
    upper, fore, hand = f"DEF-upper_arm.{side}", f"DEF-forearm.{side}", f"DEF-hand.{side}"
    shoulder, elbow, wrist = heads[upper], heads[fore], heads[hand]
    collar = heads[f"DEF-shoulder.{side}"]
    knuckles = np.mean([heads[f"DEF-{finger}.01.{side}"] for finger in _FINGERS[:4]], axis=0)
    across = np.array(heads[f"DEF-f_pinky.01.{side}"]) - np.array(heads[f"DEF-f_index.01.{side}"])
    inner = np.array(collar) + 0.45 * (np.array(shoulder) - np.array(collar)) + (0, 0.03, -0.02)
    parts = [
        tapered(inner, shoulder, (0.070, 0.064), [(f"DEF-shoulder.{side}", 0.0)]),
        ball(shoulder, 0.066, upper),
        tapered(shoulder, elbow, (0.056, 0.058, 0.048, 0.042), _pair(upper, f"{upper}.001")),
        ball(elbow, 0.044, fore),
        tapered(elbow, wrist, (0.042, 0.047, 0.040, 0.030), _pair(fore, f"{fore}.001")),
        ball(wrist, 0.031, hand),
        tapered(wrist, knuckles, (0.032, 0.044, 0.042), [(hand, 0.0)], flat=0.5, side=across),
    ]
    for finger in _FINGERS:
        for joint, radius in (("01", 0.0125), ("02", 0.0115), ("03", 0.0105)):
            bone = f"DEF-{finger}.{joint}.{side}"
            thickness = radius * (1.15 if finger == "thumb" else 1.0)
            beyond = np.array(tails[bone]) + 0.4 * thickness * _direction(heads[bone], tails[bone])
            parts.append(tapered(heads[bone], beyond, (thickness, 0.93 * thickness), [(bone, 0.0)]))
    return parts


def _leg(heads: Mapping[str, Point], tails: Mapping[str, Point], side: str) -> list[Part]:
    thigh, shin, foot, toe = (f"DEF-{bone}.{side}" for bone in ("thigh", "shin", "foot", "toe"))
    hip, knee, ankle, root, tip = heads[thigh], heads[shin], heads[foot], heads[toe], tails[toe]
    heel = np.array([ankle[0], ankle[1] + 0.045, 0.030])
    ground = np.array([root[0], root[1], 0.022])
    parts = [
        ball(hip, 0.088, thigh),
        tapered(hip, knee, (0.086, 0.088, 0.074, 0.056), _pair(thigh, f"{thigh}.001")),
        ball(knee, 0.057, shin),
        tapered(knee, ankle, (0.054, 0.060, 0.050, 0.036), _pair(shin, f"{shin}.001")),
        ball(ankle, 0.039, foot),
        tapered(np.array(ankle) + (0, 0, 0.01), ground + (0, 0.02, 0.015), (0.036, 0.042, 0.036), [(foot, 0.0)]),
        tapered(heel + (0, 0.02, 0), ground - (0, 0.03, 0), (0.036, 0.040, 0.046, 0.044), [(foot, 0.0)], flat=0.85),
        tapered(
            ground + (0, 0.02, 0),
            np.array(tip) * (1, 1, 0) + (0, 0, 0.018),
            (0.042, 0.036, 0.026),
            [(toe, 0.0)],
            flat=0.8,
        ),
    ]
    return [_standing(part) if i >= len(parts) - 3 else part for i, part in enumerate(parts)]


def _standing(part: Part) -> Part:
    """A flat sole: nothing of the part lies under the ground."""
    vertices = part.vertices.copy()
    vertices[:, 2] = np.maximum(vertices[:, 2], 0.0)
    return Part(vertices, part.places, part.bones, part.accent)


def _pair(first: str, second: str) -> list[tuple[str, float]]:
    """Two bones that share a limb half and half, as Rigify's do to spread its twist."""
    return [(first, 0.0), (second, 0.5)]


def _direction(start: Point, end: Point) -> np.ndarray:
    difference = np.array(end) - np.array(start)
    return difference / np.linalg.norm(difference)
