"""Writing a bundle whole or not at all: what fails leaves the earlier one and no trace beside it."""

from __future__ import annotations

import shutil

import numpy as np
import pytest

import export.bundle
from engine.bundle import Bundle, read_manifest
from engine.errors import UserError
from export.bundle import _put_in_place, export_bundle
from export.config import ExportConfig
from training.trainers.checkpoint import WEIGHTS


@pytest.fixture
def config(workshop):
    return ExportConfig.read(workshop.folder / "export.toml")


@pytest.fixture
def run(workshop, monkeypatch):
    monkeypatch.chdir(workshop.folder)  # the settings name their folders relative to it
    return workshop.folder / "runs" / "generator"


@pytest.fixture
def earlier(bundle_folder, tmp_path):
    """A copy of a bundle, which an export is about to replace; the text of its manifest."""
    shutil.copytree(bundle_folder, tmp_path / "bundle")
    (tmp_path / "bundle" / "note.txt").write_text("kept by hand", encoding="utf-8")
    return contents(tmp_path)


def contents(folder):
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_graph_that_strays_is_refused_and_named(config, run, tmp_path, earlier, monkeypatch):
    monkeypatch.setitem(export.bundle.PARITY_LIMITS, "int8", 1e-9)
    with pytest.raises(
        UserError, match=r"text_encoder\.onnx stored as int8 strays from torch by .*e-0\d; .*more bits\.$"
    ):
        export_bundle(config, run, tmp_path / "bundle")
    assert contents(tmp_path) == earlier
    assert [path.name for path in tmp_path.iterdir()] == ["bundle"]


def test_an_export_that_is_interrupted_leaves_nothing(config, run, tmp_path):
    heard = []

    def interrupt(name):
        heard.append(name)
        if len(heard) == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        export_bundle(config, run, tmp_path / "new" / "bundle", interrupt)
    assert heard == ["text_encoder", "transformer"]
    assert list((tmp_path / "new").iterdir()) == []


def test_a_run_that_is_not_trained(config, run, tmp_path):
    shutil.copy(run / "config.json", tmp_path / "config.json")
    with pytest.raises(UserError, match=r"no trained weights at .*; train .*\.$"):
        export_bundle(config, tmp_path, tmp_path / "bundle")
    assert [path.name for path in tmp_path.iterdir()] == ["config.json"]


def test_a_run_that_is_still_training_can_be_exported_and_takes_the_place_of_the_earlier(
    config, run, tmp_path, earlier
):
    """From the average in the latest checkpoint; what lay in the earlier bundle's folder goes with it."""
    young = tmp_path / "run"
    shutil.copytree(run, young)
    (young / WEIGHTS).unlink()
    manifest = export_bundle(config.model_copy(update={"name": "young"}), young, tmp_path / "bundle")
    assert manifest == read_manifest(tmp_path / "bundle")
    assert manifest.name == "young"
    assert not (tmp_path / "bundle" / "note.txt").exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bundle", "run"]
    bundle = Bundle(tmp_path / "bundle", "cpu", threads=1)
    bundle.load_all()
    assert np.isfinite(bundle.encode_text("walk")).all()
    before = {path.name: content for path, content in earlier.items()}
    assert (tmp_path / "bundle" / "transformer.onnx").read_bytes() == before["transformer.onnx"]


@pytest.mark.parametrize("kind", ["folder", "file"])
def test_what_is_no_bundle_is_never_replaced(config, run, tmp_path, kind):
    target = tmp_path / "thesis"
    if kind == "folder":
        target.mkdir()
        (target / "chapter-1.txt").write_text("years of work", encoding="utf-8")
    else:
        target.write_text("years of work", encoding="utf-8")
    before = contents(tmp_path)
    with pytest.raises(UserError, match=r"thesis is there and is no bundle; .*\.$"):
        export_bundle(config, run, target)
    assert contents(tmp_path) == before


class TestPuttingInPlace:
    @pytest.fixture
    def folders(self, tmp_path):
        """A new bundle in a temporary folder, and the place of an earlier one."""
        new, place = tmp_path / "temporary" / "bundle", tmp_path / "bundle"
        new.mkdir(parents=True), place.mkdir()
        (new / "which").write_text("new", encoding="utf-8")
        (place / "which").write_text("earlier", encoding="utf-8")
        return new, place

    def test_the_new_one_stands_there(self, folders):
        new, place = folders
        _put_in_place(new, place)
        assert (place / "which").read_text(encoding="utf-8") == "new"
        assert not new.exists()

    def test_where_nothing_was(self, folders):
        new, place = folders
        shutil.rmtree(place)
        _put_in_place(new, place)
        assert (place / "which").read_text(encoding="utf-8") == "new"

    def test_the_earlier_one_comes_back_where_it_fails(self, folders, monkeypatch):
        def full(*_):
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(shutil, "move", full)
        new, place = folders
        with pytest.raises(OSError, match="No space left"):
            _put_in_place(new, place)
        assert (place / "which").read_text(encoding="utf-8") == "earlier"
