"""How far a rig's motion is from the one it was made of, by plain forward kinematics: rigid parts on one another."""

from dataclasses import dataclass

import numpy as np

LIMBS = (("shoulder", "elbow"), ("elbow", "wrist"), ("hip", "knee"), ("knee", "ankle"))


@dataclass(frozen=True)
class Report:
    """Degrees of limbs, mean and worst frame; centimeters a second that standing feet slide more than the motion's;
    centimeters of the lowest foot over the ground, in the motion's size; degrees of knees bent least, elbows too."""

    mean: float
    worst: float
    more_slide: float
    lowest: float
    knees: float
    elbows: float


def angle(a, b):
    sine = np.linalg.norm(np.cross(a, b), axis=-1)
    return np.degrees(np.arctan2(sine, np.sum(a * b, axis=-1)))


def hinge(turns, axis, upper, lower):
    """Degrees that a lower limb is bent about its upper limb's own sideways axis."""
    across = turns @ np.asarray(axis)
    return np.degrees(np.arctan2(np.sum(np.cross(upper, lower) * across, axis=-1), np.sum(upper * lower, axis=-1)))


def places(rig, moved):
    """Turns out of rest (N, B, 3, 3), heads and ends (N, B, 3) of the mapped bones, in the motion's axes."""
    rest = np.stack([bone.orientation for bone in rig.bones])
    turns = rig.axes.matrix.T @ moved.orientations @ np.swapaxes(rest, -1, -2)
    heads = [moved.places[rig.bones[0].name] @ rig.axes.matrix]
    for bone in rig.bones[1:]:
        parent = rig.bones[bone.parent]
        heads.append(heads[bone.parent] + turns[:, bone.parent] @ (bone.head - parent.head))
    ends = [heads[i] + turns[:, i] @ (bone.end - bone.head) for i, bone in enumerate(rig.bones)]
    return turns, np.stack(heads, axis=1), np.stack(ends, axis=1)


def report(rig, source, moved):
    """The figures of one motion on one rig."""
    turns, heads, ends = places(rig, moved)
    scale = rig.leg_length / source.leg_length_m
    errors, knees, elbows = [], [], []
    for side, sign in (("left", 1.0), ("right", -1.0)):
        along = {}
        for joint, following in LIMBS:
            i, j = rig.find(f"{side}_{joint}"), rig.find(f"{side}_{following}")
            along[joint] = (ends[:, i] if j is None else heads[:, j]) - heads[:, i]
            theirs = [source.positions_m[:, source.index(f"{side}_{each}")] for each in (joint, following)]
            errors.append(angle(along[joint], theirs[1] - theirs[0]))
        knees.append(hinge(turns[:, rig.find(f"{side}_hip")], [1.0, 0, 0], along["hip"], along["knee"]).min())
        upper = turns[:, rig.find(f"{side}_shoulder")]
        source_bend = source.global_rotations[:, source.index(f"{side}_elbow")] @ [sign, 0, 0]
        source_upper = source.global_rotations[:, source.index(f"{side}_shoulder")]
        theirs = hinge(source_upper, [0, -sign, 0], source_upper @ [sign, 0, 0], source_bend)
        # The rig's upper arm is turned as the motion's, once its rest pose is laid along the T-pose's.
        ours = hinge(source_upper, [0, -sign, 0], along["shoulder"], along["elbow"])
        assert upper.shape == source_upper.shape
        elbows.append((ours - np.minimum(theirs, 0.0)).min())
    slides = _slides(rig, source, heads, ends, scale)
    feet = [i for i, bone in enumerate(rig.bones) if bone.role.endswith(("ankle", "_foot"))]
    lowest = np.minimum(heads[:, feet, 1], ends[:, feet, 1]).min() - rig.floor_height
    return Report(
        mean=float(np.mean(errors)),
        worst=float(np.max(errors)),
        more_slide=slides,
        lowest=float(100 * lowest / scale),
        knees=float(min(knees)),
        elbows=float(min(elbows)),
    )


def lowest_skin(armature, rig, skin, moved):
    """(N,) the height of the lowest vertex that feet and shins move, over the ground; shares of the leg.

    skin: places (V, 3) in armature space and weights (V, B). Bones that are not mapped go along with their parents.
    """
    vertices, weights = skin
    turns, heads, _ = places(rig, moved)
    mapped = {bone.name: i for i, bone in enumerate(rig.bones)}
    carriers = np.zeros((len(vertices), len(rig.bones)))
    for bone in range(len(armature.names)):
        above = next((mapped[armature.names[b]] for b in armature.ancestors(bone) if armature.names[b] in mapped), 0)
        carriers[:, above] += weights[:, bone]
    legs = [i for i, bone in enumerate(rig.bones) if bone.role.endswith(("knee", "ankle", "_foot"))]
    own = carriers[:, legs].sum(axis=1) > 0.5
    points, carriers = rig.axes.vectors_to_motion(vertices[own]), carriers[own]
    heights = np.zeros((len(moved), len(points)))
    for i in legs:
        up = turns[:, i, 1]
        heights += carriers[:, i] * (heads[:, i, 1, None] + up @ (points - rig.bones[i].head).T)
    heights /= carriers[:, legs].sum(axis=1)
    return (heights.min(axis=1) - rig.floor_height) / rig.leg_length


def _slides(rig, source, heads, ends, scale):
    ours, theirs = [0.0], [0.0]
    down = source.foot_contacts > 0.5
    both = down[1:] & down[:-1]
    for side, column in (("left", 0), ("right", 2)):
        foot, toe = rig.find(f"{side}_ankle"), rig.find(f"{side}_foot")
        ball = ends[:, foot] if toe is None else heads[:, toe]
        for point, joint, stands in (
            (heads[:, foot], "ankle", both[:, column] & ~both[:, column + 1]),
            (ball, "foot", both[:, column + 1]),
        ):
            their_point = source.positions_m[:, source.index(f"{side}_{joint}")]
            for found, path, size in ((ours, point, scale), (theirs, their_point, 1.0)):
                steps = np.linalg.norm(np.diff(path[:, [0, 2]], axis=0), axis=-1)[stands]
                found += list(100 * steps * source.fps / size)
    return float(np.mean(ours) - np.mean(theirs))
