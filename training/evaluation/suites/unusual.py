"""Prompts that no training foresaw: whatever they make, it must be a motion that a body could do without bursting."""

from __future__ import annotations

import numpy as np

from engine.motion.motion import Motion

FASTEST_M_S = 15.0
SECONDS = 4.0

UNUSUAL = (
    "a persn wlaks forwrad slwoly",
    "teh man wvaes his rihgt hnad",
    "someoen bwos politley",
    "A PERSON RUNS!!!",
    "une personne marche tout droit",
    "un homme salue de la main gauche",
    "eine Frau winkt mit beiden Händen",
    "歩く",
    "a person",
    "the",
    "…",
    "7 8 9 10",
    "happiness is a warm afternoon in September",
    "the stock market fell by four percent",
    "a person stands still while running fast",
    "a person turns left and right at the same time while lying down and jumping",
    "a person raises no hand and does not walk, never waves and is not there",
    "walk walk walk walk walk walk walk walk walk walk walk walk walk walk walk walk walk walk walk walk",
    "a tired old woman who has just come home from the market walks forward slowly along the narrow garden path, stops "
    "at the door, puts her heavy bag down, waves to the neighbor across the street with her left hand, bows politely, "
    "turns to the right, raises both of her arms as if she were giving thanks to the sky, and walks backward again",
    "'; DROP TABLE motions; -- <b>walks</b> 🏃",
)


def is_sound(motion: Motion) -> bool:
    """Finite everywhere, and no joint faster than 15 m/s."""
    arrays = (motion.local_rotations_wxyz, motion.root_translation_m, motion.positions_m)
    return all(bool(np.isfinite(array).all()) for array in arrays) and fastest_m_s(motion) < FASTEST_M_S


def fastest_m_s(motion: Motion) -> float:
    """The speed of the fastest joint in the fastest frame."""
    steps = np.linalg.norm(np.diff(motion.positions_m, axis=0), axis=-1)
    return float(steps.max() * motion.fps)
