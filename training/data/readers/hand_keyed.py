"""Game animations on the body: a toy's proportions set down on the ground, cycles made to travel and repeat."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from engine.motion import rotations
from engine.motion.contacts import foot_contacts
from engine.motion.motion import Motion
from engine.motion.rotations import Array
from engine.motion.skeleton import BODY, FOOT_JOINTS

# How far above the ground a joint is when its part of the body lies on it, in metres.
_FLESH_M = dict.fromkeys(BODY.joint_names, 0.09) | {"pelvis": 0.11, "spine1": 0.11, "spine3": 0.11}
_FLESH_M |= {f"{side}_{joint}": 0.05 for side in ("left", "right") for joint in ("elbow", "knee")}
_FLESH_M |= {f"{side}_wrist": 0.03 for side in ("left", "right")}
_FLESH_M |= {f"{side}_ankle": 0.117 for side in ("left", "right")} | {
    f"{side}_foot": 0.042 for side in ("left", "right")
}
_SMOOTHED_FRAMES = 5


def settled(motion: Motion) -> Motion:
    """Raised or lowered frame by frame so that what is lowest of the body touches the ground at 0.

    For motions that never leave the ground, on a body whose limbs are longer than those they were made for.
    """
    flesh = np.array([_FLESH_M[name] for name in motion.skeleton.joint_names])
    above = (motion.positions_m[..., 1] - flesh).min(axis=1)
    padded = np.pad(above, _SMOOTHED_FRAMES // 2, mode="edge")
    above = np.convolve(padded, np.full(_SMOOTHED_FRAMES, 1.0 / _SMOOTHED_FRAMES), mode="valid")
    return _moved(motion, motion.root_translation_m - above[:, None] * np.array([0.0, 1.0, 0.0]))


def travelling(motion: Motion, direction: Array) -> Motion:
    """A gait in place with the way that its feet would take: the lowest foot stands still.

    direction: (2,) x and z where it goes, as seen from the body; what the feet do across it is left out.
    """
    feet = motion.positions_m[:, FOOT_JOINTS]
    lowest = feet[..., 1].argmin(axis=1)[1:]
    back = -np.diff(feet, axis=0)[np.arange(len(lowest)), lowest][:, [0, 2]]
    heading = rotations.heading(motion.local_rotations_wxyz[:, 0])
    ahead = rotations.rotate(heading, np.array([direction[0], 0.0, direction[1]]))[1:, [0, 2]]
    # Steady: the mean over the cycle, so that one slow frame does not stop the body.
    speed = max(float(np.median(np.sum(back * ahead, axis=1))), 0.0)
    way = np.concatenate([np.zeros((1, 2)), np.cumsum(speed * ahead, axis=0)])
    root = motion.root_translation_m.copy()
    root[:, [0, 2]] += way
    return _moved(motion, root)


def repeated(motion: Motion, frames: int) -> Motion:
    """A cycle, whose last pose is its first, a whole number of times, until it is at least so many frames long."""
    times = -(-frames // max(len(motion) - 1, 1))
    travel = (motion.root_translation_m[-1] - motion.root_translation_m[0]) * np.array([1.0, 0.0, 1.0])
    roots = [motion.root_translation_m[:-1] + number * travel for number in range(times)]
    local = np.concatenate([motion.local_rotations_wxyz[:-1]] * times)
    longer = replace(
        motion,
        local_rotations_wxyz=rotations.continuous(local),
        root_translation_m=np.concatenate(roots),
        foot_contacts=np.zeros((len(local), 4)),
    )
    return _moved(longer, longer.root_translation_m)


def _moved(motion: Motion, root_translation_m: Array) -> Motion:
    positions, _ = BODY.forward_kinematics(motion.local_rotations_wxyz, root_translation_m)
    contacts = foot_contacts(positions, motion.fps)
    return replace(motion, root_translation_m=root_translation_m, foot_contacts=contacts)
