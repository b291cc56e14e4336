"""Differentiable forward kinematics over MS-272 features, in torch."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from engine.motion import ms272
from engine.motion.skeleton import BODY


def matrices_from_six_d(six_d: Tensor) -> Tensor:
    """Rotation matrices (..., 3, 3) of 6-D vectors (..., 6), by Gram–Schmidt."""
    x = functional.normalize(six_d[..., :3], dim=-1)
    y = six_d[..., 3:] - (x * six_d[..., 3:]).sum(-1, keepdim=True) * x
    y = functional.normalize(y, dim=-1)
    return torch.stack([x, y, torch.linalg.cross(x, y)], dim=-1)


def joint_positions(features: Tensor) -> Tensor:
    """Joint positions (B, N, 22, 3) in metres in the heading frame, through the rotations of features (B, N, 272).

    The features are in their own units, not normalized. The root's height is taken, its x and z are 0.
    """
    local = matrices_from_six_d(features[..., ms272.SLICES["joint_rotations"]].unflatten(-1, (-1, 6)))
    offsets = torch.as_tensor(BODY.rest_offsets, dtype=features.dtype, device=features.device)
    height = features[..., ms272.SLICES["joint_positions"]][..., 1]
    positions = [torch.stack([torch.zeros_like(height), height, torch.zeros_like(height)], dim=-1)]
    world = [local[..., 0, :, :]]
    for joint in range(1, len(BODY.parents)):
        parent = BODY.parents[joint]
        positions.append(positions[parent] + world[parent] @ offsets[joint])
        world.append(world[parent] @ local[..., joint, :, :])
    return torch.stack(positions, dim=-2)


def joint_steps(features: Tensor, positions: Tensor) -> Tensor:
    """Displacements (B, N−1, 22, 3) of the joints over the ground, in metres a frame, in the later heading frame.

    s_t = P_t + v_t − Δh_t⁻¹ · P_{t−1}, with P the positions of `joint_positions`, v the root's velocity on the ground,
    Δh the change of heading. Feet that stand have s = 0: this is what keeps them from sliding.
    """
    change = matrices_from_six_d(features[:, 1:, ms272.SLICES["heading_change"]])
    velocity = features[:, 1:, ms272.SLICES["root_velocity"]]
    root_step = torch.stack([velocity[..., 0], torch.zeros_like(velocity[..., 0]), velocity[..., 1]], dim=-1)
    earlier = torch.einsum("bnij,bnki->bnkj", change, positions[:, :-1])
    return positions[:, 1:] + root_step[:, :, None] - earlier
