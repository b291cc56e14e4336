"""`bundle.json`: written, read back, and refused in a sentence whatever it holds."""

import contextlib
import dataclasses
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.bundle import Manifest, read_manifest, write_manifest
from engine.bundle.integrity import sha256
from engine.bundle.manifest import MAX_MANIFEST_BYTES, parse_manifest
from engine.errors import UserError

TOY = Path(__file__).parent / "toy"
TEXT = (TOY / "bundle.json").read_text(encoding="utf-8")
PRESETS = json.loads(TEXT)["presets"]
SENTENCE = r"^[^\n]*\.$"


def changed(**changes):
    return json.dumps({**json.loads(TEXT), **changes})


def preset(**values):
    return changed(presets={**PRESETS, "best": values})


def test_the_literal_head_of_the_file():
    assert TEXT.startswith(
        '{\n "format": "motionwright-bundle/2",\n "name": "toy",\n "version": "1",\n "latent_width": 4,\n'
    )


def test_reading_gives_what_was_written(tmp_path):
    for path in TOY.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / "LICENSE.txt").write_text("CC0", encoding="utf-8")
    before = read_manifest(TOY)
    written = write_manifest(tmp_path, dataclasses.replace(before, parity={"decoder": 1e-6}, files={}))
    assert written == read_manifest(tmp_path)
    assert written.files == {**before.files, "LICENSE.txt": sha256(tmp_path / "LICENSE.txt")}
    assert written.parity == {"decoder": 1e-6}


def test_writing_needs_every_file_and_leaves_nothing_behind(tmp_path):
    with pytest.raises(UserError, match=r"does not list text_encoder\.onnx"):
        write_manifest(tmp_path, read_manifest(TOY))
    assert list(tmp_path.iterdir()) == []


def test_writing_refuses_what_reading_would(tmp_path):
    for path in TOY.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    with pytest.raises(UserError, match="NaN"):
        write_manifest(tmp_path, dataclasses.replace(read_manifest(TOY), parity={"decoder": float("nan")}))


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "not valid JSON"),
        ("[]", "JSON object"),
        ("{" * 100_000, "not valid JSON"),
        ("[" * 100_000, "not valid JSON"),
        ('{"a": 1, "a": 2}', "twice"),
        ('{"format": NaN}', "NaN"),
        ("{}", "lacks “format”"),
        (changed(format="motionwright-bundle/1"), "has the format “motionwright-bundle/1”"),
        (changed(family="diffusion"), "has the family “diffusion”"),
        (changed(representation="263"), "representation"),
        (changed(fps="30"), "fps"),
        (changed(fps=True), "fps"),
        (TEXT.replace('"fps": 30.0', '"fps": 1e999'), "fps"),
        (TEXT.replace('"fps": 30.0', '"fps": ' + "9" * 5000), "JSON"),
        (changed(latent_width=10**9), "latent_width"),
        (changed(latent_width=4.0), "latent_width"),
        (changed(default_seconds=11), "default_seconds"),
        (changed(name=" "), "name"),
        (changed(attributions=[1]), "attributions"),
        (changed(normalization={"mean": [0.0] * 271, "std": [1.0] * 272}), "mean"),
        (changed(normalization={"mean": [0.0] * 272, "std": [0.0] * 272}), "std"),
        (preset(guidance=2, flow_steps=4, tokens_per_round=0), "preset “best” needs “tokens_per_round”"),
        (preset(guidance=2, flow_steps=4, tokens_per_round=5, steps=1), "preset “best” has the unknown key “steps”"),
        (changed(presets={}), "lacks the preset “draft”"),
        (changed(presets=[]), "presets"),
        (changed(presets={**PRESETS, "My Own": PRESETS["best"]}), "named in small letters"),
        (changed(presets={**PRESETS, **{f"own-{i}": PRESETS["best"] for i in range(20)}}), "may have 20 presets"),
        (changed(surprise=1), "unknown key “surprise”"),
        (changed(files={}), "does not list text_encoder"),
        (changed(files={"decoder.onnx": "0" * 63}), "no SHA-256"),
    ],
)
def test_a_wrong_manifest_is_refused_by_name(text, complaint):
    with pytest.raises(UserError, match=SENTENCE) as refusal:
        parse_manifest(text, "bundle.json")
    assert complaint in str(refusal.value)
    assert str(refusal.value).startswith("bundle.json")


@pytest.mark.parametrize(
    "name",
    [
        "../x",
        "a/../../x",
        "/etc/passwd",
        "C:\\x",
        "c:x",
        "a\\b",
        "",
        ".",
        "a//b",
        "./a",
        "a/",
        "a\0b",
        "a\nb",
        "x" * 300,
    ],
)
def test_files_outside_the_folder_are_refused(name):
    files = {**json.loads(TEXT)["files"], name: "0" * 64}
    with pytest.raises(UserError, match="not inside the bundle"):
        parse_manifest(changed(files=files), "bundle.json")


@pytest.mark.parametrize("key", json.loads(TEXT))
def test_every_key_is_needed(key):
    data = json.loads(TEXT)
    del data[key]
    with pytest.raises(UserError, match=f"lacks “{key}”"):
        parse_manifest(json.dumps(data), "bundle.json")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=8,
)


@given(st.sampled_from(sorted(json.loads(TEXT))), json_values)
def test_any_value_in_any_place_is_read_or_refused(key, value):
    with contextlib.suppress(UserError):
        assert isinstance(parse_manifest(changed(**{key: value}), "bundle.json"), Manifest)


@given(st.integers(0, len(TEXT) - 1), st.integers(0, 30), st.text(max_size=8))
def test_any_damage_to_the_text_is_read_or_refused(start, length, inserted):
    with contextlib.suppress(UserError):
        parse_manifest(TEXT[:start] + inserted + TEXT[start + length :], "bundle.json")


@given(st.binary(max_size=200))
def test_any_bytes_are_refused(tmp_path_factory, content):
    folder = tmp_path_factory.mktemp("bundle")
    (folder / "bundle.json").write_bytes(content)
    with pytest.raises(UserError):
        read_manifest(folder)


def test_a_huge_manifest_is_not_read(tmp_path):
    with (tmp_path / "bundle.json").open("wb") as file:
        file.truncate(MAX_MANIFEST_BYTES + 1)
    with pytest.raises(UserError, match="larger than"):
        read_manifest(tmp_path)


def test_a_missing_folder_or_file_is_named(tmp_path):
    with pytest.raises(UserError, match="no model folder"):
        read_manifest(tmp_path / "nowhere")
    with pytest.raises(UserError, match=r"bundle\.json is missing"):
        read_manifest(tmp_path)
