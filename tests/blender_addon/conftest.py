"""Interpreters with Blender as a package, rigs, and ways to run things in them. The tests themselves need no bpy."""

import os
import sys
import tarfile
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

import numpy as np
import pytest

sys.path.append(str(Path(__file__).parent))  # pytest's import mode adds nothing; the modules beside this one

from blender_versions import USUAL, VERSIONS
from processes import in_blender, motionwright
from walking import walk

from blender_addon.rigs.armature import RestArmature
from engine.motion.bvh import read_bvh
from training.data.bandai_namco import retargeted
from training.data.clip import split_of

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


def pytest_generate_tests(metafunc):
    """Which Blenders a test runs in."""
    if "blender" not in metafunc.fixturenames:
        return
    test, module = metafunc.function.__name__, metafunc.module
    versions = USUAL
    if test in getattr(module, "IN_EVERY_BLENDER", ()):
        versions = VERSIONS
    elif test in getattr(module, "IN_ONE_BLENDER", ()):
        versions = VERSIONS[-1:]
    metafunc.parametrize("blender", versions, ids=lambda version: version.bpy, indirect=True, scope="session")


@pytest.fixture(scope="session")
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
        if name in ("rigify", "metarig", "synthetic", "ik_limbs"):
            if name not in made:
                made[name] = tmp_path_factory.mktemp("rigs") / f"{name}.blend"
                in_blender(blender, "prepare.py", kind=name, out=str(made[name]))
            sides = {"left": "l", "right": "r"} if name in ("synthetic", "ik_limbs") else {"left": "L", "right": "R"}
            bones = {"rigify": RIGIFY, "synthetic": SYNTHETIC, "ik_limbs": SYNTHETIC}.get(name, {})
            return Rig(made[name], {"rigify": "rig", "ik_limbs": "synthetic"}.get(name, name), None, bones, sides)
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


@pytest.fixture(scope="session")
def real_clips(data):
    """Twenty clips of motion capture that no training has seen, of as many actions as there are."""
    archive = data.parent / "data" / "bandai-namco.tar.xz"
    if not archive.is_file():
        pytest.skip(f"no motion capture at {archive}")
    by_action = {}
    with tarfile.open(archive) as tar:
        for member in tar:
            name = Path(member.name).stem
            if member.name.endswith(".bvh") and split_of(name) == "test":
                by_action.setdefault(name.split("_")[1], []).append((name, tar.extractfile(member).read()))
    rounds = zip_longest(*(sorted(by_action[action]) for action in sorted(by_action)))
    chosen = [clip for takes in rounds for clip in takes if clip is not None][:20]
    return {name: retargeted(read_bvh(text.decode("utf-8"), name=name)) for name, text in chosen}


@pytest.fixture(scope="session")
def real_armatures(real_characters):
    """Name → rest pose of the characters at hand and of a generated Rigify rig, as numbers."""
    return {name: armature for name, (armature, _, _) in real_characters.items()}


@pytest.fixture(scope="session")
def real_characters(data, newest_blender, tmp_path_factory):
    """Name → rest pose, vertices (V, 3) in armature space, and how much each bone counts for them (V, B)."""
    folder, found = tmp_path_factory.mktemp("armatures"), {}
    in_blender(newest_blender, "prepare.py", kind="rigify", out=str(folder / "rigify.blend"))
    files = {
        "makehuman": (data / "makehuman_game_engine.blend", "Human.rig"),
        "mesh2motion": (data / "mesh2motion_human.glb", "Armature"),
        "kenney": (data / "kenney_human.glb", "Root"),
        "rigify": (folder / "rigify.blend", "rig"),
    }
    toys = data.parent / "data" / "kaykit.tar.xz"
    if toys.is_file():
        with tarfile.open(toys) as tar:
            tar.extractall(folder, filter="data")
        files["kaykit"] = (next(folder.rglob("manny_med_mod.gltf")), "Rig_Medium")
    for name, (file, armature) in files.items():
        out = folder / f"{name}.npz"
        in_blender(newest_blender, "prepare.py", kind="numbers", file=str(file), armature=armature, out=str(out))
        with np.load(out) as arrays:
            rest = RestArmature(
                tuple(str(bone) for bone in arrays["names"]),
                tuple(int(parent) for parent in arrays["parents"]),
                arrays["heads"].astype(float),
                arrays["tails"].astype(float),
                arrays["orientations"].astype(float),
            )
            found[name] = rest, arrays["vertices"].astype(float), arrays["weights"].astype(float)
    return found


@pytest.fixture
def check(blender, tmp_path):
    """A function that runs one of the checks of in_blender/checks.py on a rig and returns what it measured."""

    def run(name, rig, motion, **options):
        return in_blender(
            blender,
            "checks.py",
            check=name,
            file=str(rig.file),
            armature=rig.armature,
            motion=str(motion),
            out=str(tmp_path / "checked"),
            **options,
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
