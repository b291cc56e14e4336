"""FBX that Blender wrote, read through Blender: limbs point where they pointed; no Blender is a sentence."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from engine.errors import UserError
from tests.blender_addon.blender_versions import VERSIONS
from tests.training.data.readers.made_files import MIXAMO, angles_between, limb_directions, walking, write_bvh_as
from training.data.readers import fbx
from training.data.readers.fbx import BPY_PYTHON
from training.data.readers.sources import recordings

EXPORT = """
import bpy, sys
bpy.ops.wm.read_factory_settings(use_empty=True)
bpy.context.scene.render.fps = 30
bpy.ops.import_anim.bvh(filepath=sys.argv[1], global_scale=0.01, use_fps_scale=False, axis_forward="-Z", axis_up="Y")
bpy.ops.export_scene.fbx(filepath=sys.argv[2], object_types={"ARMATURE"}, add_leaf_bones=False, bake_anim=True,
                         bake_anim_use_nla_strips=False, bake_anim_simplify_factor=0.0)
"""


@pytest.fixture(scope="module")
def bpy_python() -> str:
    return os.environ.get(BPY_PYTHON) or VERSIONS[-1].python()


@pytest.fixture(scope="module")
def folder(bpy_python, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("fbx")
    bvh = write_bvh_as(walking(), folder / "source" / "walk.bvh", MIXAMO)
    (folder / "clips").mkdir()
    done = subprocess.run(
        [bpy_python, "-c", EXPORT, str(bvh), str(folder / "clips" / "walk.fbx")],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    (folder / "clips" / "walk.txt").write_text("a hero walks home\n", encoding="utf-8")
    (folder / "clips" / "damaged.fbx").write_bytes(b"Kaydara FBX Binary  \x00")
    return folder / "clips"


@pytest.mark.slow
def test_an_fbx_gives_the_motion_back(folder, bpy_python, monkeypatch):
    monkeypatch.setenv(BPY_PYTHON, bpy_python)
    damaged, walk = recordings(folder)
    (clip,) = walk.load()
    assert (clip.name, clip.captions) == ("walk", ("a hero walks home",))
    source = walking()
    assert abs(len(clip.motion) - len(source)) <= 1
    frames = min(len(clip.motion), len(source))
    apart = angles_between(limb_directions(clip.motion)[:frames], limb_directions(source)[:frames])
    assert np.percentile(apart, 95) < 3.0
    way = clip.motion.root_translation_m[frames - 1] - clip.motion.root_translation_m[0]
    assert way[2] == pytest.approx(1.1 * (frames - 1) / 30.0, rel=0.05)
    with pytest.raises(UserError, match=r"^damaged\.fbx can't be read through Blender: .+\.$"):
        damaged.load()


def test_without_blender_a_sentence_says_what_to_install(tmp_path, monkeypatch):
    (tmp_path / "walk.fbx").write_bytes(b"Kaydara FBX Binary  \x00")
    monkeypatch.delenv(BPY_PYTHON, raising=False)
    monkeypatch.setattr(shutil, "which", lambda _: None)
    monkeypatch.setattr(fbx, "find_spec", lambda _: None)
    (recording,) = recordings(tmp_path)
    with pytest.raises(UserError, match=r"^FBX is read through Blender: install it, or bpy"):
        recording.load()
