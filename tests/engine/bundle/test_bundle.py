"""Opening a bundle: what runs is what was exported, and everything else is refused in a sentence."""

import dataclasses
import shutil
from pathlib import Path

import numpy as np
import pytest

from engine.bundle import DEFAULT_BUNDLE, Bundle, read_manifest, write_manifest
from engine.errors import UserError

TOY = Path(__file__).parent / "toy"
SENTENCE = r"^[^\n]*\.$"


@pytest.fixture
def folder(tmp_path):
    """A copy of the toy bundle to damage."""
    return Path(shutil.copytree(TOY, tmp_path / "copy"))


@pytest.fixture(scope="module")
def toy():
    return Bundle(TOY, "cpu", threads=1)


def test_all_graphs_of_the_toy_open(toy):
    toy.load_all()
    assert toy.provider == "cpu"
    assert toy.size_bytes == sum(path.stat().st_size for path in TOY.iterdir() if path.name != "bundle.json")


def test_no_graph_that_ships_tells_paths_of_the_machine_that_made_it():
    graphs = list(DEFAULT_BUNDLE.glob("*.onnx"))
    assert graphs
    assert not [path.name for path in graphs if b"site-packages" in path.read_bytes()]


def test_encoding_undoes_decoding(toy):
    latents = np.random.default_rng(0).standard_normal((2, 5, 4)).astype(np.float32)
    features = toy.decode(latents)
    assert features.shape == (2, 20, 272)
    np.testing.assert_allclose(toy.encode(features), latents, atol=1e-3)


def test_decoded_features_are_denormalized(toy):
    """Latents of zero are the mean."""
    features = toy.decode(np.zeros((1, 1, 4), np.float32))
    np.testing.assert_allclose(features, np.broadcast_to(toy.manifest.normalization.mean, (1, 4, 272)), atol=1e-6)


def test_words_are_remembered_and_can_not_be_changed(toy):
    words = toy.encode_text("a person walks")
    assert words.shape == (5, 6)
    assert toy.encode_text("a person walks") is words
    with pytest.raises(ValueError, match="read-only"):
        words[0] = 0


def test_words_know_their_tokens_and_how_they_were_typed(toy):
    words = toy.words_of("A Person, WALKS slowly")
    assert [word.text for word in words] == ["A", "Person", ",", "WALKS", "slowly"]
    assert [word.tokens for word in words] == [(1,), (2,), (3,), (4,), (5,)]
    assert toy.words_of("") == ()


def test_the_empty_prompt_is_two_special_words(toy):
    assert toy.encode_text("").shape == (2, 6)


def test_a_long_prompt_is_cut_to_what_the_model_reads(toy):
    assert toy.encode_text("walks " * 100).shape == (64, 6)
    assert toy.is_too_long("walks " * 63)
    assert not toy.is_too_long("walks " * 62)


def test_old_prompts_are_forgotten(toy):
    first = toy.encode_text("person 0")
    for i in range(1, 300):
        toy.encode_text(f"person {i}")
    assert toy.encode_text("person 0") is not first


@pytest.mark.parametrize("name", sorted(read_manifest(TOY).files))
def test_one_changed_byte_is_noticed(folder, name):
    content = bytearray((folder / name).read_bytes())
    content[len(content) // 2] ^= 1
    (folder / name).write_bytes(content)
    with pytest.raises(UserError, match=SENTENCE) as refusal:
        Bundle(folder, "cpu")
    assert name in str(refusal.value)
    assert "SHA-256 differs" in str(refusal.value)


@pytest.mark.parametrize("name", sorted(read_manifest(TOY).files))
def test_a_missing_file_is_named(folder, name):
    (folder / name).unlink()
    with pytest.raises(UserError, match=f"{name} is missing"):
        Bundle(folder, "cpu")


def test_a_folder_in_place_of_a_file_is_refused(folder):
    (folder / "decoder.onnx").unlink()
    (folder / "decoder.onnx").mkdir()
    with pytest.raises(UserError, match=r"decoder\.onnx is missing"):
        Bundle(folder, "cpu")


@pytest.mark.parametrize("name", ["bundle.json", "decoder.onnx"])
def test_links_that_lead_outside_are_refused(folder, tmp_path, name):
    shutil.move(folder / name, tmp_path / name)
    try:
        (folder / name).symlink_to(tmp_path / name)
    except OSError:
        pytest.skip("this system makes no links")
    with pytest.raises(UserError, match="leads outside"):
        Bundle(folder, "cpu")


def test_a_link_to_itself_is_refused(folder):
    (folder / "decoder.onnx").unlink()
    try:
        (folder / "decoder.onnx").symlink_to("decoder.onnx")
    except OSError:
        pytest.skip("this system makes no links")
    with pytest.raises(UserError, match=SENTENCE):
        Bundle(folder, "cpu")


def test_a_file_that_changes_after_opening_is_not_used(folder):
    bundle = Bundle(folder, "cpu")
    shutil.copy(folder / "encoder.onnx", folder / "decoder.onnx")
    with pytest.raises(UserError, match=r"decoder\.onnx is not the file"):
        bundle.decode(np.zeros((1, 1, 4), np.float32))


def resealed(folder, **changes):
    """Write hashes that fit the damaged files, so that only the later checks can notice."""
    write_manifest(folder, dataclasses.replace(read_manifest(TOY), **changes))
    return Bundle(folder, "cpu")


@pytest.mark.parametrize("content", [b"", b"not a graph", b"\x08\x09" * 50])
def test_a_file_that_is_no_graph_is_refused(folder, content):
    (folder / "flow.onnx").write_bytes(content)
    with pytest.raises(UserError, match=SENTENCE) as refusal:
        resealed(folder).load_all()
    assert "flow.onnx" in str(refusal.value)


@pytest.mark.parametrize("content", [b"", b"{}", b'{"version": "1.0"}', b"\xff"])
def test_a_file_that_is_no_tokenizer_is_refused(folder, content):
    (folder / "tokenizer.json").write_bytes(content)
    with pytest.raises(UserError, match=r"tokenizer\.json is no tokenizer"):
        resealed(folder).load_all()


def test_a_graph_with_other_names_is_refused(folder):
    shutil.copy(folder / "encoder.onnx", folder / "decoder.onnx")
    with pytest.raises(UserError, match=r"decoder\.onnx must take latents and give features"):
        resealed(folder).load_all()


@pytest.mark.parametrize("size", ["latent_width", "condition_width", "word_width"])
def test_graphs_of_other_widths_than_the_manifest_are_refused(folder, size):
    with pytest.raises(UserError, match=r"bundle\.json says 7"):
        resealed(folder, **{size: 7}).load_all()


def test_a_graph_for_one_length_only_is_refused(folder):
    toy_bundle = pytest.importorskip("tests.engine.bundle.toy_bundle", reason="needs the package onnx")
    (folder / "decoder.onnx").write_bytes(toy_bundle.decoder(fixed={"B": 1}))
    with pytest.raises(UserError, match="fixed size 1 where any B must do"):
        resealed(folder).load_all()


def test_weights_outside_the_graph_are_refused(folder):
    """A graph may name a file that holds its weights, and no hash would guard that one."""
    onnx = pytest.importorskip("onnx")
    model = onnx.load(str(folder / "decoder.onnx"))
    onnx.external_data_helper.convert_model_to_external_data(model, location="weights.bin", size_threshold=0)
    onnx.save(model, str(folder / "decoder.onnx"))
    assert (folder / "weights.bin").exists()
    with pytest.raises(UserError, match=r"decoder\.onnx"):
        resealed(folder).load_all()


def test_a_failure_inside_a_graph_is_a_sentence(toy):
    with pytest.raises(UserError, match=r"decoder\.onnx failed on cpu"):
        toy.decode(np.zeros((1, 1, 5), np.float32))


def test_a_decoder_of_another_pace_is_refused(folder):
    bundle = resealed(folder, frames_per_latent=8)
    with pytest.raises(UserError, match="gave 12 frames, not 24"):
        bundle.decode(np.zeros((1, 3, 4), np.float32))


def test_threads_are_limited(folder):
    with pytest.raises(UserError, match="threads"):
        Bundle(folder, "cpu", threads=0)
