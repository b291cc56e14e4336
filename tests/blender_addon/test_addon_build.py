"""`motionwright addon build`: the zip, Blender's verdict on it, and what is said where it can't be built."""

import json
import subprocess
import tomllib
import zipfile
from pathlib import Path

import pytest
from processes import motionwright

from blender_addon.engine_link.wheels import this_machine
from blender_addon.packaging import archive, wheels
from blender_addon.packaging.archive import check_versions, write_archive

REPOSITORY = Path(__file__).resolve().parents[2]
# Blender's own checker, found in its Python module too, where there is no `blender --command`.
CHECKER = """
import bpy, pathlib, runpy, sys
script = pathlib.Path(bpy.utils.resource_path("LOCAL"), "scripts/addons_core/bl_pkg/cli/blender_ext.py")
sys.argv = [str(script), "validate", sys.argv[1]]
runpy.run_path(str(script), run_name="__main__")
"""


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    folder = tmp_path_factory.mktemp("built")
    ended = motionwright("", "addon", "build", "motionwright.zip", "--json", cwd=folder)
    assert ended.returncode == 0, ended.stderr
    assert [path.name for path in folder.iterdir()] == ["motionwright.zip"]
    return folder / "motionwright.zip", json.loads(ended.stdout)


def test_blender_accepts_it(blender, built):
    ended = subprocess.run([blender, "-c", CHECKER, built[0]], capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "Success" in ended.stdout


def test_what_is_in_it(built):
    path, facts = built
    assert facts["built_for"] == ""
    assert facts["file"] == str(path)
    with zipfile.ZipFile(path) as zipped:
        names = zipped.namelist()
        manifest = tomllib.loads(zipped.read("blender_manifest.toml").decode())
        assert json.loads(zipped.read("wheels/wheels.json")) == {"built_for": ""}
        (wheel,) = [name for name in names if name.endswith(".whl")]
        assert zipped.getinfo(wheel).compress_type == zipfile.ZIP_STORED
    assert manifest["version"] == facts["version"] in wheel
    assert set(manifest["permissions"]) == {"network", "files"}
    assert "platforms" not in manifest
    assert not [name for name in names if name.endswith((".onnx", ".pyc")) or "__pycache__" in name]
    assert not {"commands.py", "console.py", "find_blender.py", "packaging/archive.py"} & set(names)
    assert {"__init__.py", "LICENSE", "engine_link/engine.py", "rigs/presets/rigify.json"} <= set(names)


def test_the_wheel_holds_the_model_once(built, tmp_path):
    with zipfile.ZipFile(built[0]) as zipped:
        (wheel,) = [name for name in zipped.namelist() if name.endswith(".whl")]
        zipped.extract(wheel, tmp_path)
    with zipfile.ZipFile(tmp_path / wheel) as zipped:
        graphs = [name for name in zipped.namelist() if name.endswith(".onnx")]
        metadata = zipped.read("motionwright-0.1.0.dist-info/METADATA").decode()
    assert sorted(graphs) == sorted(set(graphs))
    assert {str(Path(name).parent) for name in graphs} == {"engine/models/default"}
    assert "Provides-Extra: panel" in metadata


def test_the_same_files_give_the_same_zip(tmp_path):
    (tmp_path / "wheels").mkdir()
    (tmp_path / "wheels" / "motionwright-0.1.0-py3-none-any.whl").write_bytes(b"a wheel")
    for name in ("one.zip", "two.zip"):
        write_archive(tmp_path / name, tmp_path / "wheels", "")
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()


def test_an_offline_package_is_for_one_platform(tmp_path):
    (tmp_path / "wheels").mkdir()
    write_archive(tmp_path / "offline.zip", tmp_path / "wheels", "win-x86_64-3.13")
    with zipfile.ZipFile(tmp_path / "offline.zip") as zipped:
        manifest = tomllib.loads(zipped.read("blender_manifest.toml").decode())
        assert json.loads(zipped.read("wheels/wheels.json"))["built_for"] == "win-x86_64-3.13"
    assert manifest["platforms"] == ["windows-x64"]


def test_the_same_machine_has_the_same_name_inside(blender):
    name, python = this_machine().rsplit("-", 1)
    inside = wheels.machine_of(Path(blender))
    assert inside.startswith(f"{name}-3.")
    assert python.startswith("3.")


def test_versions_must_agree(tmp_path):
    with pytest.raises(archive.AddonError, match=r"9\.9\.9"):
        check_versions(tmp_path / "motionwright-9.9.9-py3-none-any.whl")


def test_without_the_source_it_is_said(tmp_path):
    with pytest.raises(archive.AddonError, match="source code"):
        wheels.build_engine_wheel(tmp_path, tmp_path)


def test_a_users_mistakes(tmp_path):
    for arguments, sentence in (
        (("addon", "build", "motionwright.rar"), ".zip"),
        (("addon", "build", "nowhere/motionwright.zip"), "no folder"),
        (("addon", "build", "motionwright.zip", "--blender", "nothing"), "no program"),
    ):
        ended = motionwright("", *arguments, cwd=tmp_path)
        assert ended.returncode == 2, ended.stderr
        assert sentence in ended.stderr
        assert len(ended.stderr.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []
