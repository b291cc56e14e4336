"""The main job, whole, in the Python that carries each Blender: a sentence in, keyframes on somebody's rig out."""

from __future__ import annotations

import json
import subprocess

import pytest

pytestmark = pytest.mark.slow

READ_BACK = """
import bpy, json, sys
bpy.ops.wm.open_mainfile(filepath=sys.argv[-1])
rig = bpy.data.objects["{armature}"]
action = rig.animation_data.action
scene = bpy.context.scene
tracks = []
for frame in range(int(action.frame_range[0]), int(action.frame_range[1]) + 1):
    scene.frame_set(frame)
    head = rig.matrix_world @ rig.pose.bones["{bone}"].head
    tracks.append(tuple(head))
print("READ " + json.dumps({{"action": action.name, "frames": len(tracks), "first": tracks[0], "last": tracks[-1]}}))
"""


def _run(command, **options):
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False, **options)


@pytest.mark.parametrize(
    ("name", "armature", "bone"),
    [
        ("makehuman_game_engine.blend", None, "pelvis"),
        ("mesh2motion_human.glb", None, "pelvis"),
        ("kenney_human.glb", None, "Hips"),
    ],
)
def test_a_sentence_becomes_keyframes(blender, data, tmp_path, name, armature, bone):
    out = tmp_path / "out.blend"
    command = ["bake", "a person walks forward", "--rig", str(data / name), "-o", str(out)]
    made = _run([blender, "-m", "engine.cli", *command, "--seed", "1", "--seconds", "4", "--json"])
    assert made.returncode == 0, made.stderr
    armature = json.loads(made.stdout)["armature"]
    script = READ_BACK.format(armature=armature, bone=bone)
    found = _run([blender, "-c", script, str(out)])
    read = json.loads(next(line for line in found.stdout.splitlines() if line.startswith("READ "))[5:])
    print(name, read)
    assert "walks forward" in read["action"]
    assert read["frames"] == pytest.approx(4 * 24, abs=3)
    # Blender's characters face −Y, so ahead is −Y, and sideways X.
    ahead, side = read["first"][1] - read["last"][1], abs(read["first"][0] - read["last"][0])
    assert ahead > 1.0
    assert side < ahead


def test_the_doctor_finds_nothing_wrong(blender):
    ended = _run([blender, "-m", "engine.cli", "doctor", "--json"])
    assert ended.returncode == 0, ended.stdout + ended.stderr
