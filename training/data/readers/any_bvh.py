"""Any folder of BVH: 100STYLE's and LAFAN1's layouts by their names, and one's own clips with text files beside them.

A clip's captions are the lines of `<name>.txt` beside it; without one, what its name or 100STYLE's table says.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from engine.motion.bvh import read_bvh
from training.data.clip import Clip
from training.data.readers.bvh import motion_of_bvh
from training.data.readers.labels_beside import captions_beside, text_of
from training.data.readers.recordings import Recording, files_below

_STYLE100 = {
    "FW": "walk", "BW": "walk-back", "FR": "run", "BR": "run-back", "SW": "walk-sideways", "SR": "run-sideways",
    "ID": "idle",
}  # fmt: skip
"""100STYLE's endings (`Angry_FW.bvh`) → what is done. TR1 to TR3 go from one over into another."""


def any_bvh(folder: Path) -> Iterator[Recording]:
    """All BVH files below a folder; 100STYLE's stretches without calibration where `Frame_Cuts.csv` names them."""
    cuts = _frame_cuts(folder)
    for path in files_below(folder, ".bvh"):
        name = path.relative_to(folder).with_suffix("").as_posix()
        yield Recording(name, partial(_clips, path, name, cuts.get(path.stem)))


def _frame_cuts(folder: Path) -> dict[str, tuple[int, int]]:
    """Stem of a 100STYLE file → its frames [start, end) in the file's own rate."""
    table = next(folder.rglob("Frame_Cuts.csv"), None)
    cuts = {}
    for row in csv.DictReader(text_of(table).splitlines()) if table else ():
        for kind in (*_STYLE100, "TR1", "TR2", "TR3"):
            start, stop = row.get(f"{kind}_START", ""), row.get(f"{kind}_STOP", "")
            if start.isdigit() and stop.isdigit():
                cuts[f"{row['STYLE_NAME']}_{kind}"] = (int(start), int(stop))
    return cuts


def _clips(path: Path, name: str, cut: tuple[int, int] | None) -> Sequence[Clip]:
    clip = read_bvh(text_of(path), name=path.name)
    motion = motion_of_bvh(clip)
    if cut is not None:
        start, end = (round(frame * motion.fps / clip.fps) for frame in cut)
        motion = motion.frames(start, max(end, start + 1))
    content, style = _labels(path.stem) if cut is not None else ("", "normal")
    return [Clip(name, motion, content, style, captions_beside(path))]


def _labels(stem: str) -> tuple[str, str]:
    style, _, kind = stem.rpartition("_")
    return _STYLE100.get(kind, ""), re.sub(r"(?<=[a-z])(?=[A-Z])", "-", style).lower()
