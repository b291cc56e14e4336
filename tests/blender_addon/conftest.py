"""Interpreters with Blender as a package, rigs, and ways to run things in them. The tests themselves need no bpy."""

import os
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parent))  # pytest's import mode adds nothing; the modules beside this one

from blender_versions import VERSIONS
from processes import in_blender, motionwright
from walking import walk

REPOSITORY = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Rig:
    """A character: its file, its armature and mesh, and the names by which its parts are measured."""

    file: Path
    armature: str
    mesh: str | None
    bones: dict[str, str]
    sides: dict[str, str]


UNREAL = {
    **{"upper_arm": "upperarm_{side}", "forearm": "lowerarm_{side}", "hand": "hand_{side}", "pelvis": "pelvis"},
    **{"thigh": "thigh_{side}", "shin": "calf_{side}", "foot": "foot_{side}", "toe": "ball_{side}", "head": "head"},
}
MIXAMO = {
    **{"upper_arm": "{side}Arm", "forearm": "{side}ForeArm", "hand": "{side}Hand", "pelvis": "Hips", "head": "Head"},
    **{"thigh": "{side}UpLeg", "shin": "{side}Leg", "foot": "{side}Foot", "toe": "{side}Toes"},
}
RIGIFY = {
    **{part: f"ORG-{part}.{{side}}" for part in ("upper_arm", "forearm", "hand", "thigh", "shin", "foot", "toe")},
    **{"pelvis": "ORG-spine", "head": "ORG-spine.006"},
}
SYNTHETIC = {
    **{"upper_arm": "b{side}8", "forearm": "b{side}9", "hand": "b{side}10", "pelvis": "b0", "head": "b5"},
    **{"thigh": "b{side}1", "shin": "b{side}2", "foot": "b{side}3", "toe": ""},
}


@pytest.fixture(scope="session", params=VERSIONS, ids=[version.bpy for version in VERSIONS])
def blender(request):
    """A Python with bpy: from the version's environment variable, or an environment made once and kept."""
    return request.param.python()


@pytest.fixture(scope="session")
def newest_blender():
    return VERSIONS[-1].python()


@pytest.fixture(scope="session")
def data():
    folder = Path(os.environ.get("MOTIONWRIGHT_TEST_DATA", REPOSITORY.parent / "shared"))
    if not (folder / "rigs").is_dir():
        pytest.skip(f"no rigs in {folder}; MOTIONWRIGHT_TEST_DATA names the folder that holds rigs/")
    return folder / "rigs"


@pytest.fixture(scope="session")
def motion(tmp_path_factory):
    """The file of a walk that the tests know exactly."""
    path = tmp_path_factory.mktemp("motion") / "walk.npz"
    walk().save(path)
    return path


@pytest.fixture(scope="session")
def rigs(blender, request, tmp_path_factory):
    """A function from a rig's name to the rig, for this Blender; those made by script are made once."""
    made = {}

    def rig(name):
        if name in ("rigify", "metarig", "synthetic"):
            if name not in made:
                made[name] = tmp_path_factory.mktemp("rigs") / f"{name}.blend"
                in_blender(blender, "prepare.py", kind=name, out=str(made[name]))
            sides = {"left": "l", "right": "r"} if name == "synthetic" else {"left": "L", "right": "R"}
            bones = {"rigify": RIGIFY, "synthetic": SYNTHETIC}.get(name, {})
            return Rig(made[name], "rig" if name == "rigify" else name, None, bones, sides)
        folder = request.getfixturevalue("data")
        return {
            "makehuman": Rig(
                folder / "makehuman_game_engine.blend", "Human.rig", "Human", UNREAL, {"left": "l", "right": "r"}
            ),
            "mesh2motion": Rig(
                folder / "mesh2motion_human.glb", "Armature", "Mannequin", UNREAL, {"left": "l", "right": "r"}
            ),
            "kenney": Rig(
                folder / "kenney_human.glb", "Root", "characterMedium", MIXAMO, {"left": "Left", "right": "Right"}
            ),
        }[name]

    return rig


@pytest.fixture
def bake(blender, tmp_path):
    """A function that bakes a motion onto a file and returns the path of the new one."""

    def run(file, motion, *options, name="out.blend", prompt="a person walks"):
        out = tmp_path / name
        ended = motionwright(
            blender, "bake", prompt, "--rig", file, "--motion", motion, "-o", out, *options, cwd=tmp_path
        )
        assert ended.returncode == 0, ended.stderr
        return out

    return run


@pytest.fixture
def measure(blender, tmp_path):
    """A function that measures a baked file against its motion, with code that is not the add-on's."""

    def run(file, rig, motion, mesh=True):
        return in_blender(
            blender,
            "measure.py",
            blend=str(file),
            armature=rig.armature,
            mesh=rig.mesh if mesh else None,
            bones=rig.bones,
            sides=rig.sides,
            motion=str(motion),
            out=str(tmp_path / "measured"),
        )

    return run


@pytest.fixture
def prepare(blender, tmp_path):
    """A function that writes a changed copy of a rig's file, or with kind "look" only reports what is in `file`."""

    def run(rig, kind, file=None, **options):
        out = tmp_path / "prepared.blend"
        source = str(file or rig.file)
        report = in_blender(
            blender, "prepare.py", kind=kind, file=source, armature=rig.armature, out=str(out), **options
        )
        return out, report

    return run
