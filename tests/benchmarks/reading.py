"""How long the window stands still while a character's animation is read, in one go and in slices.

Run with a Python that has bpy: python tests/benchmarks/reading.py [FRAMES]. On a Rigify character keyed by IK.
"""

import os
import sys
import time
from pathlib import Path

import bpy

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from baking import motion, rigify

from blender_addon.bake.capture import capture
from blender_addon.bake.on_rig import bake_motion
from blender_addon.bake.sliced_capture import SlicedCapture
from blender_addon.bake.target import BakeOptions, FootKeys
from blender_addon.rigs.detection import detect
from blender_addon.rigs.reading import read_armature

SLICE_SECONDS = 0.02


def main(frames):
    rig = rigify()
    rig_map = detect(read_armature(rig))
    bpy.context.scene.render.fps = 30
    bake_motion(rig, motion(frames), rig_map, name="legs", start=1, options=BakeOptions(feet=FootKeys.IK))
    begun = time.perf_counter()
    capture(rig, rig_map, 1, frames + 1)
    at_once = time.perf_counter() - begun
    gaps, read = [], None
    begun = time.perf_counter()
    slices = SlicedCapture(rig, rig_map, 1, frames + 1, 30.0)
    gaps.append(time.perf_counter() - begun)
    while read is None:
        begun = time.perf_counter()
        read = slices.advance(rig, SLICE_SECONDS)
        gaps.append(time.perf_counter() - begun)
    first, middle, last = gaps[1], gaps[2:-1], gaps[-1]
    print(
        f"bpy {bpy.app.version_string}, Rigify keyed by IK, {len(read)} frames: at once {at_once:.2f} s;",
        f"in {len(gaps)} slices {sum(gaps):.2f} s, the longest {1000 * max(gaps):.0f} ms",
        f"(looking at the rig {1000 * gaps[0]:.0f}, beginning {1000 * first:.0f}, reading at most",
        f"{1000 * max(middle):.0f}, ending {1000 * last:.0f}).",
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 300)
    sys.stdout.flush()
    os._exit(0)
