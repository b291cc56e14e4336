"""What a user meets on the command line: mistakes answered in a sentence, no half-written file, a demonstration."""

import json

import pytest
from processes import in_blender, motionwright


@pytest.fixture
def refused(newest_blender, tmp_path):
    """A function that expects a mistake to be answered with status 2 and one sentence, and no new file."""

    def run(*arguments, status=2):
        before = sorted(tmp_path.rglob("*"))
        ended = motionwright(newest_blender, *arguments, cwd=tmp_path)
        assert ended.returncode == status, ended.stderr
        assert ended.stdout == ""
        assert len(ended.stderr.strip().splitlines()) == 1
        assert "Traceback" not in ended.stderr
        assert sorted(tmp_path.rglob("*")) == before
        print(ended.stderr.strip())
        return ended.stderr

    return run


@pytest.mark.parametrize("animal", ["fox", "horse", "spider", "snake"])
def test_what_is_no_humanoid_is_refused(animal, refused, data, motion):
    sentence = refused("bake", "x", "--motion", motion, "--rig", data / "not_humanoid" / f"{animal}.glb")
    assert "no recognisable" in sentence


@pytest.mark.parametrize("suffix", [".blend", ".glb", ".gltf", ".fbx"])
def test_unreadable_rigs_are_refused(suffix, refused, motion, tmp_path):
    damaged = tmp_path / f"damaged{suffix}"
    damaged.write_bytes(b"this is no rig")
    assert "cannot read" in refused("bake", "x", "--motion", motion, "--rig", damaged)


def test_mistakes_are_named(refused, data, motion, tmp_path):
    rig = data / "kenney_human.glb"
    assert "no file" in refused("bake", "x", "--rig", "missing.blend")
    assert "no rig file" in refused("bake", "x", "--rig", motion)
    assert "“Root”" in refused("bake", "x", "--rig", rig, "--armature", "Nobody", "--motion", motion)
    assert "no folder" in refused("bake", "x", "--rig", rig, "-o", tmp_path / "nowhere" / "out.blend")
    assert "must end in .blend" in refused("bake", "x", "--rig", rig, "-o", "out.fbx")
    assert "must end in .png" in refused("bake", "x", "--rig", rig, "--preview", "out.jpg")
    assert "--motion" in refused("bake", "--rig", rig)
    assert "not a readable motion" in refused("bake", "x", "--rig", rig, "--motion", rig)
    assert "no program" in refused("bake", "x", "--rig", rig, "--motion", motion, "--blender", "/no/blender")


def test_a_file_without_an_armature_is_refused(refused, newest_blender, motion, tmp_path):
    scene = {"asset": {"version": "2.0"}, "scene": 0, "scenes": [{"nodes": [0]}], "nodes": [{"name": "Empty"}]}
    (tmp_path / "empty.gltf").write_text(json.dumps(scene), encoding="utf-8")
    assert "no armature" in refused("bake", "x", "--rig", tmp_path / "empty.gltf", "--motion", motion)


def test_a_failed_preview_leaves_no_blend_file(refused, rig_without_mesh, motion):
    assert "no mesh" in refused("bake", "x", "--rig", rig_without_mesh, "--motion", motion, "--preview", "p.png")


@pytest.fixture
def rig_without_mesh(newest_blender, tmp_path_factory):
    file = tmp_path_factory.mktemp("bare") / "bare.blend"
    in_blender(newest_blender, "prepare.py", kind="synthetic", out=str(file))
    return file


def test_json_says_what_was_made(newest_blender, data, motion, tmp_path):
    rig = data / "kenney_human.glb"
    ended = motionwright(newest_blender, "bake", "a walk", "--rig", rig, "--motion", motion, "--json", cwd=tmp_path)
    report = json.loads(ended.stdout)
    assert report["files"] == [str(tmp_path / "kenney_human-baked.blend")]
    assert (report["action"], report["frames"], report["fps"]) == ("a walk", 51, 24.0)
    assert [path.name for path in tmp_path.iterdir()] == ["kenney_human-baked.blend"]


@pytest.mark.slow
def test_the_demonstration_needs_no_file(newest_blender, motion, tmp_path):
    ended = motionwright(newest_blender, "demo", "--motion", motion, cwd=tmp_path)
    assert ended.returncode == 0, ended.stderr
    made = sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file())
    assert made == [f"motionwright-demo/demo.{suffix}" for suffix in ("blend", "npz", "png")]
    picture = (tmp_path / "motionwright-demo" / "demo.png").read_bytes()
    assert picture.startswith(b"\x89PNG") and len(picture) > 50_000
