"""The gallery of the documentation: a line of its table becomes a loop, a strip and a line of the page."""

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageSequence

from blender_addon.job import FILM_FPS

SCRIPT = Path(__file__).resolve().parents[2] / "docs" / "make_gallery.py"


@pytest.fixture(scope="module")
def make_gallery():
    spec = importlib.util.spec_from_file_location(SCRIPT.stem, SCRIPT)
    module = sys.modules[SCRIPT.stem] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.slow
def test_a_line_of_the_table_becomes_pictures_and_a_line_of_the_page(
    make_gallery, newest_blender, tmp_path, monkeypatch
):
    run, other = make_gallery.says("a person runs forward", 1, seed=2), make_gallery.says("a person bows", 1)
    monkeypatch.setattr(make_gallery, "TABLE", (other, run))
    make_gallery.main(only=2, output=tmp_path / "gallery", blender=Path(newest_blender))
    names = ["a-person-runs-forward-2-strip.webp", "a-person-runs-forward-2.webp"]
    assert sorted(path.name for path in (tmp_path / "gallery").iterdir()) == names
    page = (tmp_path / "gallery.md").read_text(encoding="utf-8")
    assert all(f"(gallery/{name})" in page for name in names)
    assert "a person runs forward" in page and "seed 2" in page and "a person bows" not in page
    strip, loop = (Image.open(tmp_path / "gallery" / name) for name in names)
    assert strip.width == 900
    assert (loop.n_frames, loop.info["loop"]) == (FILM_FPS, 0)
    frames = [np.asarray(frame.convert("L"), dtype=float) for frame in ImageSequence.Iterator(loop)]
    assert np.abs(frames[0] - frames[6]).mean() > 1.0
    # In a second it runs out of a picture that stays where it is; only the mannequin's joints are as dark as this.
    for frame in frames:
        across = np.flatnonzero((frame < 100).any(axis=0))
        assert across.min() > 3 and across.max() < frame.shape[1] - 3


def test_a_seed_beyond_three_tries_is_refused(make_gallery, tmp_path):
    with pytest.raises(SystemExit, match="seed"):
        make_gallery.main(seed=make_gallery.TRIES, output=tmp_path / "gallery")
    with pytest.raises(SystemExit, match="there is no 0"):
        make_gallery.main(only=0, output=tmp_path / "gallery")
    assert list(tmp_path.iterdir()) == []
