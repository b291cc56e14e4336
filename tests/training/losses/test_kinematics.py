"""Torch's kinematics over features against numpy's, in closed form and on real clips; gradients against differences."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from engine.motion import ms272, rotations
from engine.motion.skeleton import BODY
from tests.training.made_clips import moving
from training.data.bandai_namco import retargeted
from training.losses.kinematics import joint_positions, joint_steps, matrices_from_six_d

MOTIONS = {
    "ahead": moving(40),
    "left": moving(40, turn_rad=2.0, turned=(5, 35)),
    "right, an arm raised": moving(30, turn_rad=-3.0, turned=(0, 30), raised="left", bend_rad=0.8),
}


def features_of(motion):
    return torch.from_numpy(ms272.encode(motion))[None]


def own(features, name):
    return features[..., ms272.SLICES[name]].unflatten(-1, (-1, 3))


def test_matrices_of_six_d_are_those_of_numpy():
    quaternions = rotations.normalize(np.random.default_rng(0).standard_normal((50, 4)))
    six_d = torch.from_numpy(rotations.to_six_d(quaternions))
    np.testing.assert_allclose(matrices_from_six_d(six_d), rotations.to_matrix(quaternions), atol=1e-12)


def test_matrices_are_rotations_whatever_the_six_numbers():
    matrices = matrices_from_six_d(torch.randn(200, 6, generator=torch.Generator().manual_seed(0), dtype=torch.float64))
    np.testing.assert_allclose(matrices @ matrices.mT, np.broadcast_to(np.eye(3), (200, 3, 3)), atol=1e-10)
    np.testing.assert_allclose(torch.linalg.det(matrices), 1.0, atol=1e-10)


@pytest.mark.parametrize("name", MOTIONS)
def test_positions_and_steps_are_the_features_own(name):
    features = features_of(MOTIONS[name])
    positions = joint_positions(features)
    np.testing.assert_allclose(positions, own(features, "joint_positions"), atol=1e-9)
    steps = joint_steps(features, positions)
    np.testing.assert_allclose(steps, own(features, "joint_velocities")[:, 1:], atol=1e-9)


def test_positions_and_steps_are_the_features_own_on_real_clips(real_clips):
    for clip in list(real_clips.values())[::4]:
        features = features_of(retargeted(clip)).float()
        positions = joint_positions(features)
        np.testing.assert_allclose(positions, own(features, "joint_positions"), atol=1e-5)
        np.testing.assert_allclose(
            joint_steps(features, positions), own(features, "joint_velocities")[:, 1:], atol=1e-5
        )


def test_what_stands_has_no_step():
    """A foot that stays where it is while the body moves on and turns: its step is zero, to the last digit."""
    features = features_of(MOTIONS["left"])
    still = torch.from_numpy(np.tile([0.3, 0.0, 1.0], (40, 1)))
    motion = MOTIONS["left"]
    to_heading = rotations.inverse(rotations.heading(motion.local_rotations_wxyz[:, 0]))
    seen = rotations.rotate(to_heading, still.numpy() - motion.root_translation_m * np.array([1.0, 0.0, 1.0]))
    steps = joint_steps(features, torch.from_numpy(seen)[None, :, None])
    np.testing.assert_allclose(steps, 0.0, atol=1e-12)


def test_a_batch_is_its_clips():
    both = torch.cat([features_of(MOTIONS["ahead"]), features_of(MOTIONS["left"])])
    np.testing.assert_allclose(joint_positions(both)[1:], joint_positions(both[1:]), atol=1e-12)
    assert joint_steps(both, joint_positions(both)).shape == (2, 39, len(BODY.joint_names), 3)


def test_gradients_flow_and_are_right():
    features = features_of(MOTIONS["right, an arm raised"])[:, :3].clone().requires_grad_()
    projection = torch.randn(22, 3, generator=torch.Generator().manual_seed(1), dtype=torch.float64)

    def steps(features):
        return (joint_steps(features, joint_positions(features)) * projection).sum()

    assert torch.autograd.gradcheck(steps, (features,), atol=1e-6)
    gradient = torch.autograd.grad(steps(features), features)[0]
    for name in ("joint_rotations", "heading_change", "root_velocity"):
        assert gradient[..., ms272.SLICES[name]].abs().max() > 1e-3, name
    assert (gradient[..., ms272.SLICES["joint_velocities"]] == 0).all()
