"""HumanML3D's 263 numbers a frame (Guo et al. 2022), MARDM's 67 (the first of them), and back, at 20 frames a second.

The *heading frame* of a frame has its origin on the ground under the root, Y up, and Z across the line of the
shoulders less that of the hips, smoothed over about a second. A clip starts over the origin, facing +Z: where it began
and which way it faced is lost.

Lost, too, in both representations, and not to be had back by `decode`: the twist of limbs, neck and lower spine about
their own axes, and all rotation of head, hands and toes, for they move no joint. The pelvis' tilt is not in the
features as such; `decode` finds it, and the chest's rotation, from the three joints around each.

The published features of clip 012314 come out of its published positions within 1e-5. On purpose different:
- The last frame has no successor and repeats the velocities of the frame before; the original drops it.
- Heights are over the toes of the rest pose, the same for all clips; the original shifts each clip's lowest joint to 0.
- A heading that passes ±180° turns on; there the original takes one step with the wrong sign.
- Every motion has the proportions of BODY, so no clip is brought to those of one body first.
"""

from __future__ import annotations

from itertools import accumulate, pairwise

import numpy as np

from engine.motion import rotations
from engine.motion.contacts import foot_contacts
from engine.motion.motion import Motion
from engine.motion.rotations import Array
from engine.motion.skeleton import BODY, FOOT_JOINTS

FPS = 20.0
_JOINTS = len(BODY.joint_names)

LAYOUT = {
    "root_angular_velocity": 1,  # half the turn about Y from the next frame's heading to this one's, radians
    "root_linear_velocity": 2,  # x, z in the next frame's heading frame, metres a frame
    "root_height": 1,
    "joint_positions": 3 * (_JOINTS - 1),  # in the heading frame, without the root
    "joint_rotations": 6 * (_JOINTS - 1),  # 6-D, of the bone that leads to each joint but the root
    "joint_velocities": 3 * _JOINTS,  # in the heading frame, metres a frame
    "foot_contacts": 4,  # left heel, left toe, right heel, right toe
}
WIDTH = sum(LAYOUT.values())
SLICES = {
    name: slice(end - width, end)
    for (name, width), end in zip(LAYOUT.items(), accumulate(LAYOUT.values()), strict=True)
}
MARDM_WIDTH = SLICES["joint_positions"].stop
"""MARDM's features are the first 67: root and positions."""

CONTACT_STEP_SQUARED = 0.002
"""A foot that moves less than this in a frame, in metres squared, counts as standing."""

_SMOOTHING_FRAMES = 20.0
"""Standard deviation of the Gaussian over the forward directions."""

_CHAINS = (
    "pelvis right_hip right_knee right_ankle right_foot",
    "pelvis left_hip left_knee left_ankle left_foot",
    "pelvis spine1 spine2 spine3 neck head",
    "spine3 right_collar right_shoulder right_elbow right_wrist",
    "spine3 left_collar left_shoulder left_elbow left_wrist",
)
_BONE_AXES = {
    **dict.fromkeys(("left_hip", "left_collar"), (1.0, 0.0, 0.0)),
    **dict.fromkeys(("right_hip", "right_collar"), (-1.0, 0.0, 0.0)),
    **dict.fromkeys(("spine1", "spine2", "spine3", "neck"), (0.0, 1.0, 0.0)),
    **dict.fromkeys(("left_foot", "right_foot", "head"), (0.0, 0.0, 1.0)),
}
"""HumanML3D's own rest pose: the axis along which the bone to each joint points. Knees, ankles and arms point down."""


def _toe_height_m() -> float:
    identity = np.tile(rotations.IDENTITY_WXYZ, (_JOINTS, 1))
    rest, _ = BODY.forward_kinematics(identity, BODY.rest_offsets[0])
    return float(rest[BODY.index("left_foot"), 1])


_GROUND = np.array([0.0, _toe_height_m(), 0.0])
_UP = np.array([0.0, 1.0, 0.0])


def encode(motion: Motion) -> Array:
    """Features (N, 263) of a motion on BODY at 20 fps; ValueError for another rate or skeleton, or a single frame."""
    if motion.skeleton is not BODY and motion.skeleton.joint_names != BODY.joint_names:
        raise ValueError("HumanML3D-263 describes the 22-joint body only")
    if not np.isclose(motion.fps, FPS):
        raise ValueError(f"HumanML3D-263 is made of 20 frames a second, not {motion.fps:g}: resample first")
    if len(motion) < 2:
        raise ValueError("HumanML3D-263 needs at least two frames")
    return encode_positions(motion.positions_m - _GROUND)


def encode_mardm(motion: Motion) -> Array:
    """Features (N, 67) of a motion on BODY at 20 fps; errors as `encode`."""
    return encode(motion)[:, :MARDM_WIDTH]


def encode_positions(positions_m: Array) -> Array:
    """Features (N, 263) of global joint positions (N, 22, 3) at 20 fps, N > 1, with standing toes at height 0.

    Root velocities, in the paper's letters: ṙ^a_t = −(θ_{t+1} − θ_t) / 2;  ṙ^xz_t = H_{t+1}⁻¹ (r_{t+1} − r_t)
    with θ the heading and H the turn about Y by it.
    """
    frames = len(positions_m)
    positions = _started_at_origin(positions_m)
    angle = _heading_angles(positions)
    to_heading = rotations.from_axis_angle(_UP, -angle)
    step = np.diff(positions, axis=0)
    under_root = positions[:, :1] * np.array([1.0, 0.0, 1.0])
    blocks = {
        "root_angular_velocity": -0.5 * _wrapped(np.diff(angle))[:, None],
        "root_linear_velocity": rotations.rotate(to_heading[1:], step[:, 0])[:, [0, 2]],
        "root_height": positions[:, 0, 1:2],
        "joint_positions": rotations.rotate(to_heading[:, None], positions - under_root)[:, 1:],
        "joint_rotations": rotations.to_six_d(_bone_rotations(positions, to_heading)),
        "joint_velocities": rotations.rotate(to_heading[:-1, None], step),
        "foot_contacts": np.sum(step[:, FOOT_JOINTS] ** 2, axis=-1) < CONTACT_STEP_SQUARED,
    }
    features = np.empty((frames, WIDTH))
    for name, block in blocks.items():
        features[: len(block), SLICES[name]] = block.reshape(len(block), -1)
        features[len(block) :, SLICES[name]] = features[len(block) - 1, SLICES[name]]
    return features


def decode(features: Array, fps: float = FPS) -> Motion:
    """The motion of features (N, 263) or (N, 67), by inverse kinematics on the positions; starts at the origin.

    Rotations and velocities of the joints are not looked at: they say nothing that root and positions don't.
    ValueError for another width, no frames or numbers that are not finite.
    """
    positions = decode_positions(features) + _GROUND
    local = rotations.continuous(_local_rotations(positions))
    global_positions, _ = BODY.forward_kinematics(local, positions[:, 0])
    return Motion(local, positions[:, 0], foot_contacts(global_positions, fps), fps)


def decode_positions(features: Array) -> Array:
    """Global joint positions (N, 22, 3), standing toes at height 0, of features (N, 263) or (N, 67)."""
    features = np.asarray(features, dtype=np.float64)
    if features.ndim != 2 or features.shape[1] not in (WIDTH, MARDM_WIDTH) or not len(features):
        raise ValueError(f"features are (N, {WIDTH}) or (N, {MARDM_WIDTH}), not {features.shape}")
    if not np.isfinite(features).all():
        raise ValueError("features are finite numbers only")
    angle = np.zeros(len(features))
    angle[1:] = np.cumsum(-2.0 * features[:-1, 0])
    from_heading = rotations.from_axis_angle(_UP, angle)

    step = np.zeros((len(features), 3))
    step[1:, [0, 2]] = features[:-1, SLICES["root_linear_velocity"]]
    under_root = np.cumsum(rotations.rotate(from_heading, step), axis=0)

    local = np.zeros((len(features), _JOINTS, 3))
    local[:, 0, 1] = features[:, 3]
    local[:, 1:] = features[:, SLICES["joint_positions"]].reshape(len(features), -1, 3)
    return rotations.rotate(from_heading[:, None], local) + under_root[:, None]


def _started_at_origin(positions: Array) -> Array:
    """Positions (N, 22, 3) moved and turned about Y so that the first frame's root is over the origin, facing +Z.

    There, facing is across hips and shoulders together.
    """
    first = positions[:1]
    forward = np.cross(_leftwards(first, "shoulder") + _leftwards(first, "hip"), _UP)[0]
    turn = rotations.from_axis_angle(_UP, -np.arctan2(forward[0], forward[2]))
    return rotations.rotate(turn, positions - first[0, 0] * np.array([1.0, 0.0, 1.0]))


def _heading_angles(positions: Array) -> Array:
    """(N,) radians about Y from +Z to the smoothed forward direction; the first frame faces +Z by definition.

    The original takes the hips from right to left and the shoulders from left to right, so that they are subtracted
    and the wider shoulders decide. Its published features are made so, hence the minus.
    """
    across = rotations.normalize(_leftwards(positions, "shoulder") - _leftwards(positions, "hip"))
    forward = _smoothed(np.cross(across, _UP))
    angle = np.arctan2(forward[:, 0], forward[:, 2])
    angle[0] = 0.0
    return angle


def _leftwards(positions: Array, joint: str) -> Array:
    """(N, 3) from the right joint of that name to the left one."""
    return positions[:, BODY.index(f"left_{joint}")] - positions[:, BODY.index(f"right_{joint}")]


def _smoothed(values: Array) -> Array:
    """Values (N, D) under a Gaussian along the frames, cut at four deviations, with the end values going on."""
    reach = int(4.0 * _SMOOTHING_FRAMES + 0.5)
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / _SMOOTHING_FRAMES) ** 2)
    padded = np.pad(values, ((reach, reach), (0, 0)), mode="edge")
    return np.stack([np.convolve(column, kernel / kernel.sum(), mode="valid") for column in padded.T], axis=-1)


def _wrapped(angles: Array) -> Array:
    """Angles in radians brought to −π..π."""
    return (angles + np.pi) % (2.0 * np.pi) - np.pi


def _bone_rotations(positions: Array, to_heading: Array) -> Array:
    """(N, 21, 4) HumanML3D's rotations: each bone's shortest swing from its axis, relative to the bone before it.

    positions: (N, 22, 3). to_heading: (N, 4) world to heading frame, which the original takes for the root's rotation.
    G_j = swing(axis_j → direction_j) in the world;  r_j = G_before⁻¹ · G_j, with G_before = to_heading where a chain
    begins, for the arms, too.
    """
    swings = np.empty((len(positions), _JOINTS, 4))
    swings[:, 0] = to_heading
    before = np.zeros(_JOINTS, dtype=np.intp)
    for chain in _CHAINS:
        names = chain.split()
        for i, (start, end) in enumerate(pairwise(names)):
            joint, parent = BODY.index(end), BODY.index(start)
            axis = np.array(_BONE_AXES.get(end, (0.0, -1.0, 0.0)))
            swings[:, joint] = rotations.between_vectors(axis, positions[:, joint] - positions[:, parent])
            before[joint] = parent if i else 0
    return rotations.multiply(rotations.inverse(swings[:, before[1:]]), swings[:, 1:])


def _local_rotations(positions: Array) -> Array:
    """(N, 22, 4) rotations of BODY that put its joints at `positions` (N, 22, 3), without twist.

    Pelvis and chest, each with three joints around it, are fitted as rigid bodies; a joint with one child takes the
    shortest rotation from its parent's frame; one without children follows its parent.
    """
    local = np.tile(rotations.IDENTITY_WXYZ, (*positions.shape[:2], 1))
    world = np.empty_like(local)
    for joint, parent in enumerate(BODY.parents):
        above = world[:, parent] if parent >= 0 else rotations.IDENTITY_WXYZ[None]
        children = [child for child, its_parent in enumerate(BODY.parents) if its_parent == joint]
        bones = rotations.rotate(rotations.inverse(above)[:, None], positions[:, children] - positions[:, joint, None])
        if len(children) == 1:
            local[:, joint] = rotations.between_vectors(BODY.rest_offsets[children[0]], bones[:, 0])
        elif children:
            local[:, joint] = _rigid_fit(BODY.rest_offsets[children], bones)
        world[:, joint] = rotations.multiply(above, local[:, joint])
    return local


def _rigid_fit(rest: Array, posed: Array) -> Array:
    """(N, 4) the rotations that take vectors `rest` (K, 3) nearest to `posed` (N, K, 3) in least squares (Kabsch)."""
    left, _, right = np.linalg.svd(np.einsum("nki,kj->nij", posed, rest))
    left[..., 2] *= np.linalg.det(left @ right)[:, None]
    return rotations.from_matrix(left @ right)
