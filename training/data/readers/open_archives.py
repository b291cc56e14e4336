"""The four small archives beside Bandai-Namco's: HDM05, CMU on two skeletons, KayKit and DeepMimic."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

import numpy as np

from engine.errors import UserError
from engine.motion.bvh import read_bvh
from engine.motion.motion import Motion
from training.data.clip import Clip
from training.data.readers import deepmimic
from training.data.readers.asf_amc import parents_of, read_amc, read_asf
from training.data.readers.bone_names import joints_of_the_body
from training.data.readers.bvh import motion_of_bvh
from training.data.readers.gltf import read_glb
from training.data.readers.hand_keyed import repeated, settled, travelling
from training.data.readers.labels_beside import text_of
from training.data.readers.recordings import Recording, files_below
from training.data.readers.retargeting import retargeted

_NO_STYLE = "normal"

# What KayKit keys as a cartoon and other archives show as people do it. Under names of their own these clips would be
# drawn as rare actions are, and “a person walks” would mostly be a cartoon that walks.
_CARTOONS = {
    **dict.fromkeys(("walking-a", "walking-b", "walking-c"), "walk"),
    **dict.fromkeys(("running-a", "running-b"), "run"),
    "walking-backwards": "walk-back",
    "waving": "wave-right-hand",
}


def hdm05(folder: Path) -> Iterator[Recording]:
    """HDM05's cuts, `HDM_<actor>_<action>_<number>_<fps>.amc` beside `HDM_<actor>.asf`."""
    for path in files_below(folder, ".amc"):
        match = re.fullmatch(r"(HDM_[a-z]+)_(.+)_\d+_(\d+)", path.stem)
        if match:
            skeleton = path.with_name(f"{match[1]}.asf")
            yield Recording(path.stem, partial(_hdm05_clips, path, skeleton, match[2], float(match[3])))


def _hdm05_clips(path: Path, skeleton: Path, action: str, fps: float) -> Sequence[Clip]:
    return [Clip(path.stem, motion_of_amc(path, skeleton, fps), action, _NO_STYLE)]


def motion_of_amc(path: Path, skeleton: Path, fps: float) -> Motion:
    """The motion of an AMC file on its ASF skeleton; UserError where one is missing or damaged."""
    if not skeleton.is_file():
        raise UserError(f"its skeleton {skeleton.name} is not beside it.")
    asf = read_asf(text_of(skeleton), name=skeleton.name)
    source = read_amc(text_of(path), asf, name=path.name, fps=fps)
    return retargeted(source, joints_of_the_body(source.joint_names, parents_of(asf, source.joint_names)))


def cmu_asf(folder: Path) -> Iterator[Recording]:
    """CMU's own layout: `subjects/NN/NN.asf` with `NN_MM.amc` beside it, 120 frames a second."""
    for path in files_below(folder, ".amc"):
        match = re.fullmatch(r"(\d+)_(\d+)", path.stem)
        if match:
            yield Recording(f"cmu_{path.stem}", partial(_cmu_asf_clips, path, path.with_name(f"{match[1]}.asf")))


def _cmu_asf_clips(path: Path, skeleton: Path) -> Sequence[Clip]:
    return [Clip(f"cmu_{path.stem}", motion_of_amc(path, skeleton, 120.0), "", _NO_STYLE)]


def cmu_bvh(folder: Path) -> Iterator[Recording]:
    """CMU's trials as BVH: `iclone/NNN/NNN_MM.bvh` with `index.csv`, and `daz/<dance or fight>/MM.bvh`.

    Long trials are of many actions; what `index.csv` says of them becomes their caption.
    """
    said = {}
    dances = [path for path in files_below(folder, ".bvh") if path.parent.parent.name == "daz"]
    for index in folder.rglob("index.csv"):
        for row in csv.reader(text_of(index).splitlines()):
            if len(row) > 2 and row[0].isdigit() and row[1].isdigit():
                said[int(row[0]), int(row[1])] = row[2].strip()
    for path in files_below(folder, ".bvh"):
        match = re.fullmatch(r"(\d+)_(\d+)", path.stem)
        if match:
            text = said.get((int(match[1]), int(match[2])), "")
            yield Recording(f"cmu_{path.stem}", partial(_cmu_clips, path, f"cmu_{path.stem}", None, "", text))
    for path in dances:
        # The files say 120 throughout; the readme corrects it.
        kind, fps = path.parent.name, 60.0 if path.parent.name == "salsa" else 120.0
        name = f"cmu_{kind}_{path.stem}"
        yield Recording(name, partial(_cmu_clips, path, name, fps, kind, ""))


def _cmu_clips(path: Path, name: str, fps: float | None, content: str, text: str) -> Sequence[Clip]:
    motion = motion_of_bvh(read_bvh(text_of(path), name=path.name), fps)
    return [Clip(name, motion, content, _NO_STYLE, (f"a person does this: {text}",) if text else ())]


def deepmimic_files(folder: Path) -> Iterator[Recording]:
    """DeepMimic's `humanoid3d_<action>.txt` and SIE's `sie_humanoid3d_<action>NN.txt`."""
    for path in files_below(folder, ".txt"):
        match = re.fullmatch(r"(?:sie_)?humanoid3d_(\D+?)_?\d*", path.stem)
        if match:
            yield Recording(path.stem, partial(_deepmimic_clips, path, match[1]))


def _deepmimic_clips(path: Path, action: str) -> Sequence[Clip]:
    text = text_of(path)
    motion = retargeted(deepmimic.read_key_frames(text, name=path.name), deepmimic.JOINT_OF)
    return [Clip(path.stem, motion, action.replace("_", "-"), _NO_STYLE)]


_IN_PLACE = re.compile(r"^(?:Walking|Running|Sneaking|Skeletons_Walking|Crawling)")
_IN_THE_AIR = re.compile(r"Jump|Dodge|Spawn|Fall|Hit|Spin")
_CYCLIC = re.compile(
    r"Idle|Walking|Running|Sneaking|Crawling|Push_Ups|Sit_Ups|Waving|Cheering|Blocking|Aiming|Shooting"
)
_NO_MOTION = re.compile(r"T-Pose|_Pose$|EXPERIMENTAL|Transform|Inactive")


_AHEAD = np.array([0.0, 1.0])
_WAYS = {"Backwards": -_AHEAD, "Strafe_Left": np.array([1.0, 0.0]), "Strafe_Right": np.array([-1.0, 0.0])}


def kaykit(folder: Path) -> Iterator[Recording]:
    """KayKit's animations: `.glb` files with the armature `Rig_Medium`, one recording an animation."""
    for path in files_below(folder, ".glb"):
        if path.stem.startswith("Med_"):
            yield Recording(path.stem, partial(_kaykit_clips, path))


def _kaykit_clips(path: Path) -> Sequence[Clip]:
    clips = []
    for animation in read_glb(path.read_bytes(), name=path.name):
        name = animation.name.rsplit("|", maxsplit=1)[-1]
        if _NO_MOTION.search(name):
            continue
        source = animation.motion
        motion = retargeted(source, joints_of_the_body(source.joint_names, animation.parents))
        if not _IN_THE_AIR.search(name):
            motion = settled(motion)
        if _IN_PLACE.search(name):
            motion = travelling(motion, next((way for word, way in _WAYS.items() if word in name), _AHEAD))
        if _CYCLIC.search(name):
            motion = repeated(motion, 75)
        label = name.lower().replace("_", "-")
        content, style = (_CARTOONS[label], "cartoon") if label in _CARTOONS else (label, _NO_STYLE)
        clips.append(Clip(f"kaykit_{path.stem}_{name}", motion, content, style))
    return clips
