"""Published splits: lists of names, `train.txt`, `val.txt`, `test.txt`, as HumanML3D, its 272 form and KIT-ML have."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from training.data.clip import Split
from training.data.readers.labels_beside import text_of

FILES: Mapping[str, Split] = {"train": "train", "val": "validation", "test": "test"}
"""Stem of a published list, or of BABEL's JSON files → the split."""


def published_splits(folder: Path) -> Callable[[str], Split | None]:
    """From a name to its split, by the lists in a folder or in its `split/`; no name has one where there are no lists.

    What no list names is no held-out clip: it is trained on.
    """
    splits: dict[str, Split] = {}
    for stem, split in FILES.items():
        for path in (folder / f"{stem}.txt", folder / "split" / f"{stem}.txt"):
            if path.is_file():
                splits |= dict.fromkeys(text_of(path).split(), split)
    return lambda name: splits.get(name, "train") if splits else None
