"""How long the window stands still while a character's animation is read, in one go and in slices.

Run with a Python that has bpy: python tests/benchmarks/reading.py [FRAMES] [CHARACTER.blend | .glb ...]. On a Rigify
character keyed by IK, and on those in the files. Beside the time on the clock stands that of the processor, all
threads together: what it would take if nothing else ran.
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
from blender_addon.bake.target import BakeOptions, LimbKeys
from blender_addon.rigs.detection import detect
from blender_addon.rigs.reading import read_armature
from blender_addon.scene_file import open_file

SLICE_SECONDS = 0.02


class Watch:
    """Times of calls in milliseconds, (clock, processor)."""

    def __init__(self):
        self.calls = []

    def __call__(self, function, *arguments):
        begun = time.perf_counter(), time.process_time()
        result = function(*arguments)
        self.calls.append((1000 * (time.perf_counter() - begun[0]), 1000 * (time.process_time() - begun[1])))
        return result


def at_most(calls):
    """The longest of some calls, as text."""
    return "{:.0f} ({:.0f})".format(*(max(each) for each in zip(*calls, strict=True)))


def measure(name, rig, frames):
    bpy.context.scene.render.fps = 30
    rig_map = detect(read_armature(rig))
    bake_motion(rig, motion(frames), rig_map, name="legs", start=1, options=BakeOptions(feet=LimbKeys.IK))
    at_once, slices = Watch(), Watch()
    at_once(capture, rig, rig_map, 1, frames + 1)
    reading, read = slices(SlicedCapture, rig, rig_map, 1, frames + 1, 30.0), None
    while read is None:
        read = slices(reading.advance, rig, SLICE_SECONDS)
    calls = slices.calls
    print(
        f"bpy {bpy.app.version_string}, {name}, {len(read)} frames, ms by the clock (and of the processor):",
        f"at once {at_most(at_once.calls)}; in {len(calls)} slices {sum(clock for clock, _ in calls):.0f},",
        f"the longest {at_most(calls)}: looking at the rig {at_most(calls[:1])}, beginning {at_most(calls[1:2])},",
        f"reading {at_most(calls[2:-1])}, ending {at_most(calls[-1:])}.",
        flush=True,
    )


def main(frames, files):
    measure("Rigify keyed by IK", rigify(), frames)
    for file in files:
        open_file(file)
        armatures = [each for each in bpy.data.objects if each.type == "ARMATURE"]
        measure(file.stem, max(armatures, key=lambda each: len(each.data.bones)), frames)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 300, [Path(file) for file in sys.argv[2:]])
    sys.stdout.flush()
    os._exit(0)
