"""AMASS's SMPL-H and SMPL-X `.npz` files, alone, with HumanML3D's texts, or with BABEL's frame labels.

SMPL's body has the project's 22 joints in the project's order; its world is Z up. HumanML3D is `index.csv` (columns
source_path, start_frame, end_frame, new_name; frames at 20 a second) with `texts/`; BABEL is its JSON files, whose
`feat_p` ends in a path of AMASS. Both keep their published splits.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from engine.errors import UserError
from engine.motion import rotations
from engine.motion.motion import Motion
from engine.motion.skeleton import BODY, Skeleton
from training.data.clip import STRETCH, Clip, Split
from training.data.labels import FrameLabel, labels_within
from training.data.readers.feature_sets import stretches
from training.data.readers.labels_beside import captions_beside, text_of
from training.data.readers.recordings import Recording, files_below
from training.data.readers.retargeting import SourceMotion, retargeted
from training.data.readers.splits import FILES, published_splits

_HUMANML_FPS = 20.0
# What HumanML3D's script cuts off the beginning of some subsets before it counts frames, in seconds.
_HUMANML_LEAD_S = {
    "Eyes_Japan_Dataset": 3.0, "MPI_HDM05": 3.0, "TotalCapture": 1.0, "MPI_Limits": 1.0, "Transitions_mocap": 0.5,
}  # fmt: skip
_SHORTEST_LABEL_S = 0.5

# Of the mean body, in metres; only directions and the legs' lengths matter here. The right side mirrors the left.
_LEFT_AND_MIDDLE = {
    "pelvis": (0.0, 0.0, 0.0), "left_hip": (0.0695, -0.0914, -0.0068), "spine1": (0.0, 0.109, -0.0267),
    "left_knee": (0.0343, -0.3752, -0.0045), "spine2": (0.0, 0.1352, 0.0011), "left_ankle": (-0.0136, -0.398, -0.0437),
    "spine3": (0.0, 0.0529, 0.0254), "left_foot": (0.0264, -0.0558, 0.1193), "neck": (0.0, 0.2139, -0.0429),
    "left_collar": (0.0718, 0.114, -0.0189), "head": (0.0, 0.0652, 0.0513), "left_shoulder": (0.1229, 0.0452, -0.019),
    "left_elbow": (0.2553, -0.0156, -0.0229), "left_wrist": (0.2657, 0.0127, -0.0074),
}  # fmt: skip


def _smpl_body() -> Skeleton:
    offsets = [
        (-x, y, z) if name.startswith("right_") else (x, y, z)
        for name in BODY.joint_names
        for x, y, z in [_LEFT_AND_MIDDLE[name.replace("right_", "left_")]]
    ]
    return Skeleton(BODY.joint_names, BODY.parents, np.array(offsets))


_SMPL = _smpl_body()
_Z_UP_TO_Y_UP = rotations.from_axis_angle(np.array([1.0, 0.0, 0.0]), -np.pi / 2)


def motion_of_smpl(path: Path) -> Motion:
    """The motion of an AMASS file; UserError where it is damaged or holds none."""
    try:
        with np.load(path, allow_pickle=False) as file:
            rate = next(key for key in ("mocap_framerate", "mocap_frame_rate", "fps") if key in file.files)
            fps, translation = float(file[rate]), np.asarray(file["trans"], dtype=np.float64)
            if "poses" in file.files:
                angles = np.asarray(file["poses"], dtype=np.float64)[:, : 3 * len(BODY.joint_names)]
            else:
                angles = np.concatenate([file["root_orient"], file["pose_body"]], axis=1).astype(np.float64)
        angles = angles.reshape(len(translation), len(BODY.joint_names), 3)
        if not (np.isfinite(angles).all() and np.isfinite(translation).all() and 0 < fps < 10_000):
            raise ValueError("it holds NaN or no frame rate")
    except Exception as error:  # a damaged archive fails in zipfile, zlib or numpy, each in its own way
        raise UserError(f"{path.name} is not a readable SMPL motion: {error}.") from error
    angle = np.linalg.norm(angles, axis=-1)
    local = rotations.from_axis_angle(angles / np.maximum(angle, 1e-12)[..., None], angle)
    local[:, 0] = rotations.multiply(_Z_UP_TO_Y_UP, local[:, 0])
    root = rotations.rotate(_Z_UP_TO_Y_UP, translation)
    positions, world = _SMPL.forward_kinematics(local, root)
    still = np.tile(rotations.IDENTITY_WXYZ, (len(BODY.joint_names), 1))
    rest, _ = _SMPL.forward_kinematics(still, np.zeros(3))
    source = SourceMotion(BODY.joint_names, positions, world, rest, still, fps)
    return retargeted(source, {name: name for name in BODY.joint_names})


def amass(folder: Path) -> Iterator[Recording]:
    """AMASS below a folder, through HumanML3D's index or BABEL's labels where they lie there, else file by file."""
    by_place = {_place(path): path for path in files_below(folder, ".npz")}
    index = next(folder.rglob("index.csv"), None)
    babel = [path for path in files_below(folder, ".json") if path.stem in FILES]
    if index is not None:
        yield from _humanml3d(index, by_place)
    elif babel:
        for path in babel:
            yield from _babel(path, by_place)
    else:
        for path in by_place.values():
            yield Recording(path.stem, partial(_plain_clips, path))


def _place(path: Path | PurePosixPath) -> str:
    """What is the same in AMASS, HumanML3D and BABEL of a file's place: subject and file name."""
    stem = path.stem.removesuffix("_poses").removesuffix("_stageii").replace(" ", "_")
    return f"{path.parent.name.replace(' ', '_')}/{stem}"


def _plain_clips(path: Path) -> Sequence[Clip]:
    return [Clip(path.stem, motion_of_smpl(path), "", "normal", captions_beside(path))]


def _humanml3d(index: Path, by_place: dict[str, Path]) -> Iterator[Recording]:
    split_of = published_splits(index.parent)
    for row in csv.DictReader(text_of(index).splitlines()):
        source = PurePosixPath(row["source_path"])
        name = PurePosixPath(row["new_name"]).stem
        texts = index.parent / "texts" / f"{name}.txt"
        span = (float(row["start_frame"]), float(row["end_frame"]))
        place, split = by_place.get(_place(source)), split_of(name)
        yield Recording(name, partial(_humanml3d_clips, name, source, place, span, texts, split))


def _humanml3d_clips(
    name: str, source: PurePosixPath, path: Path | None, span: tuple[float, float], texts: Path, split: Split | None
) -> Sequence[Clip]:
    if path is None:
        raise UserError(f"{source} is not among the AMASS files given.")
    motion = motion_of_smpl(path)
    lead = next((seconds for subset, seconds in _HUMANML_LEAD_S.items() if subset in source.parts), 0.0)
    start, end = (int((lead + frame / _HUMANML_FPS) * motion.fps) for frame in span)
    motion = motion.frames(start, max(end, start + 1)) if start < len(motion) else motion.frames(0, 1)
    return [
        Clip(_numbered(name, number), _cut(motion, *seconds), "", "normal", captions, split=split)
        for number, (seconds, captions) in enumerate(stretches(texts, motion.seconds).items())
    ]


def _numbered(name: str, number: int) -> str:
    return f"{name}{STRETCH}{number}" if number else name


def _cut(motion: Motion, start_s: float, end_s: float) -> Motion:
    start = min(int(start_s * motion.fps), len(motion) - 1)
    return motion.frames(start, max(round(end_s * motion.fps), start + 1))


def _babel(labels: Path, by_place: dict[str, Path]) -> Iterator[Recording]:
    try:
        entries: dict[str, Any] = json.loads(text_of(labels))
    except json.JSONDecodeError as error:
        raise UserError(f"{labels} is not a readable JSON file: {error}.") from error
    for key, entry in entries.items():
        path = by_place.get(_place(PurePosixPath(entry["feat_p"])))
        annotation = entry.get("frame_ann") or entry.get("seq_ann") or {"labels": []}
        spans = tuple(
            (float(label.get("start_t") or 0.0), float(label.get("end_t") or entry["dur"]), str(label["raw_label"]))
            for label in annotation["labels"]
        )
        name, split = f"babel_{key}", FILES[labels.stem]
        yield Recording(name, partial(_babel_clips, name, entry["feat_p"], path, spans, split))


def _babel_clips(
    name: str, source: str, path: Path | None, spans: tuple[tuple[float, float, str], ...], split: Split
) -> Sequence[Clip]:
    if path is None:
        raise UserError(f"{source} is not among the AMASS files given.")
    motion = motion_of_smpl(path)
    labels = [FrameLabel(round(start * motion.fps), round(end * motion.fps), text) for start, end, text in spans]
    long_enough = (span for span in spans if span[1] - span[0] >= _SHORTEST_LABEL_S and span[0] < motion.seconds)
    clips = []
    for number, (start, end, text) in enumerate(islice(long_enough, 1000)):
        cut = _cut(motion, start, end)
        first = min(int(start * motion.fps), len(motion) - 1)
        own = labels_within(labels, first, first + len(cut))
        clips.append(Clip(f"{name}{STRETCH}{number}", cut, "", "normal", (f"a person does: {text}",), own, split))
    return clips
