"""Sets of ready features with texts and splits: HumanML3D-272's, HumanML3D's and KIT-ML's `new_joint_vecs`.

`texts/NAME.txt` holds lines `caption#tokens#start#end`; a line with a start and end in seconds speaks of that stretch.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache, partial
from pathlib import Path

import numpy as np

from engine.errors import UserError
from engine.motion import humanml, ms272
from engine.motion.motion import Motion
from engine.motion.resampling import resampled
from training.data.clip import STRETCH, Clip, Split
from training.data.readers import kit
from training.data.readers.labels_beside import text_of
from training.data.readers.recordings import Recording, files_below
from training.data.readers.retargeting import FPS, grounded
from training.data.readers.splits import published_splits

_FEATURE_FOLDERS = ("motion_data", "new_joint_vecs")


def feature_sets(folder: Path) -> Iterator[Recording]:
    """The features below `motion_data/` or `new_joint_vecs/`, each a recording with its texts."""
    splits = lru_cache(published_splits)
    for path in files_below(folder, ".npy"):
        if path.parent.name in _FEATURE_FOLDERS:
            split = splits(path.parent.parent)(path.stem)
            yield Recording(path.stem, partial(_clips, path, _texts_of(path), split))


def _texts_of(path: Path) -> Path:
    return path.parent.parent / "texts" / f"{path.stem}.txt"


def _clips(path: Path, texts: Path, split: Split | None) -> Sequence[Clip]:
    try:
        features = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise UserError(f"it is not a readable array: {error}.") from error
    if features.ndim != 2 or not np.isfinite(features).all():
        raise UserError("it holds NaN or is no array of frames.")
    motion = _motion(features)
    clips = []
    for number, ((start, end), captions) in enumerate(stretches(texts, motion.seconds).items()):
        stretch = motion.frames(int(start * FPS), max(int(end * FPS), int(start * FPS) + 1))
        name = path.stem if number == 0 else f"{path.stem}{STRETCH}{number}"
        clips.append(Clip(name, stretch, "", "normal", captions, split=split))
    return clips


def _motion(features: np.ndarray) -> Motion:
    if features.shape[1] == ms272.WIDTH:
        return grounded(ms272.decode(features))
    if features.shape[1] == humanml.WIDTH:
        return grounded(resampled(humanml.decode(features), FPS))
    if features.shape[1] == kit.WIDTH:
        return grounded(resampled(kit.motion_of_kit(features), FPS))
    raise UserError(f"its frames are {features.shape[1]} numbers wide, not 251, 263 or 272.")


def stretches(texts: Path, seconds: float) -> dict[tuple[float, float], tuple[str, ...]]:
    """What a text file of HumanML3D's says of a motion of so many seconds.

    (start, end) in seconds → captions of that stretch; the whole motion where nothing is said.
    """
    found: dict[tuple[float, float], list[str]] = {}
    for line in text_of(texts).splitlines() if texts.is_file() else ():
        caption, _, rest = line.partition("#")
        numbers = rest.split("#")[1:3]
        start, end = (_seconds(number) for number in numbers) if len(numbers) == 2 else (0.0, 0.0)
        whole = not end > start
        span = (0.0, seconds) if whole else (min(start, seconds), min(end, seconds))
        if caption.strip():
            found.setdefault(span, []).append(caption.strip())
    found = found or {(0.0, seconds): []}
    return {span: tuple(dict.fromkeys(captions)) for span, captions in found.items()}


def _seconds(number: str) -> float:
    try:
        value = float(number)
    except ValueError:
        return 0.0
    return value if np.isfinite(value) else 0.0
