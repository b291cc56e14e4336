"""Motions that tests know exactly: a walk whose standing feet stand still, with swinging arms and a turning trunk."""

import numpy as np

from engine.motion.motion import Motion
from engine.motion.rotations import from_axis_angle, from_matrix, inverse, multiply, normalize, rotate
from engine.motion.skeleton import BODY

X, Y, Z = np.eye(3)
FLAT_ANKLE = 0.117  # metres from the floor to an ankle of the body in its T-pose
STRIDE_FRAMES, STEP_M = 32, 0.40


def walk(frames=64, fps=30.0, heading_degrees=0.0):
    """A walk along +Z, or to the side: feet flat, soles on the floor, the standing foot exactly at rest."""
    time = np.arange(frames)
    phase = 2 * np.pi * time / STRIDE_FRAMES
    turns = {name: np.tile([1.0, 0.0, 0.0, 0.0], (frames, 1)) for name in BODY.joint_names}  # global
    turns["pelvis"] = multiply(from_axis_angle(Y, 0.1 * np.sin(phase)), from_axis_angle(X, np.full(frames, 0.04)))
    for share, name in zip((0.3, 0.6, 0.9), ("spine1", "spine2", "spine3"), strict=True):
        turns[name] = from_axis_angle(Y, (0.1 - 0.25 * share) * np.sin(phase))
    turns["neck"] = turns["spine3"]
    turns["head"] = from_axis_angle(normalize(Y + X), 0.2 * np.sin(phase / 2))
    for sign, side in ((1.0, "left"), (-1.0, "right")):
        turns[f"{side}_collar"] = turns["spine3"]
        hang = from_axis_angle(Z, np.full(frames, -1.2 * sign))
        swing = from_axis_angle(X, -0.4 * sign * np.sin(phase))
        turns[f"{side}_shoulder"] = multiply(swing, hang)
        bend = from_axis_angle(Y, -sign * (0.5 + 0.3 * np.sin(phase + sign)))
        turns[f"{side}_elbow"] = multiply(turns[f"{side}_shoulder"], bend)
        turns[f"{side}_wrist"] = turns[f"{side}_elbow"]
    root = np.stack([0 * time, 0.890 + 0.01 * np.cos(2 * phase), 2 * STEP_M * time / STRIDE_FRAMES], axis=-1)
    contacts = np.zeros((frames, 4))
    for column, side in ((0, "left"), (2, "right")):
        ankles, down = _ankles(time, 0.0 if side == "left" else 0.5, 0.08 if side == "left" else -0.08)
        contacts[:, column : column + 2] = down[:, None]
        hips = root + rotate(turns["pelvis"], BODY.rest_offsets[BODY.index(f"{side}_hip")])
        turns[f"{side}_hip"], turns[f"{side}_knee"] = _leg(hips, ankles)
    if heading_degrees:
        whole = from_axis_angle(Y, np.radians(heading_degrees))
        turns = {name: multiply(whole, turn) for name, turn in turns.items()}
        root = rotate(whole, root)
    return Motion(_local(turns), root, contacts, fps, meta={"prompts": [{"text": "a person walks"}]})


def _ankles(time, offset, aside):
    """(N, 3) one foot's ankle, and (N,) whether it stands: at rest for half the stride, then an arc forward."""
    steps, part = np.divmod(time / STRIDE_FRAMES + offset, 1.0)
    share = np.clip((part - 0.5) / 0.5, 0.0, 1.0)
    eased = share * share * (3 - 2 * share)
    forward = 2 * STEP_M * (steps + eased - offset + 0.25)
    lift = 0.09 * np.sin(np.pi * share)
    return np.stack([np.full(len(time), aside), FLAT_ANKLE + lift, forward], axis=-1), part <= 0.5


def _leg(hips, ankles):
    """Global turns (N, 4) of thigh and shin that reach from hip to ankle, the knee forward."""
    thigh, shin = 0.391, 0.410
    reach = ankles - hips
    distance = np.linalg.norm(reach, axis=-1)
    assert (distance < thigh + shin).all()
    toward = normalize(reach)
    side = normalize(np.cross(toward, Z))
    bend = np.arccos((thigh**2 + distance**2 - shin**2) / (2 * thigh * distance))
    upper = rotate(from_axis_angle(side, np.zeros_like(bend)), toward)
    upper = np.cos(bend)[:, None] * upper + np.sin(bend)[:, None] * np.cross(side, toward)
    lower = normalize(hips + distance[:, None] * toward - (hips + thigh * upper))
    if (np.cross(side, toward)[:, 2] < 0).any():
        raise AssertionError("the knee bends backward")
    return _pointing_down_to(upper), _pointing_down_to(lower)


def _pointing_down_to(directions):
    y = -directions
    x = normalize(np.cross(y, np.broadcast_to(Z, y.shape)))
    return from_matrix(np.stack([x, y, np.cross(x, y)], axis=-1))


def _local(turns):
    local = []
    for joint, name in enumerate(BODY.joint_names):
        parent = BODY.parents[joint]
        own = turns[name]
        local.append(own if parent < 0 else multiply(inverse(turns[BODY.joint_names[parent]]), own))
    return np.stack(local, axis=1)
