"""The evaluators of Guo et al. and MARDM: files in their layout are read, safely, and preprocessed as published."""

from __future__ import annotations

import importlib.util
import pickle
import shutil

import numpy as np
import pytest
import torch
from torch import nn

from engine.errors import UserError
from tests.training.made_clips import moving
from training.evaluation.published import is_published, open_published
from training.evaluation.published_recurrent import CHECKPOINT, RecurrentEvaluator
from training.evaluation.published_words import GloveWords
from training.evaluation.representations import REPRESENTATIONS

WORD, PARTS, HIDDEN, OUT = 6, 15, 8, 5
VOCABULARY = ["sos", "eos", "unk", "a", "person", "walk", "left", "slowly"]
TAGGED = {
    "a person walks left": [("a", "DET"), ("person", "NOUN"), ("walk", "VERB"), ("left", "ADV")],
    "a giraffe walks slowly": [("a", "DET"), ("giraffe", "NOUN"), ("walk", "VERB"), ("slowly", "ADV")],
}


def state_of(channels):
    """Random weights under the published names."""
    torch.manual_seed(channels)
    movement = nn.ModuleDict({
        "main": nn.Sequential(nn.Conv1d(channels, HIDDEN, 4, 2, 1), nn.Dropout(), nn.LeakyReLU(),
                              nn.Conv1d(HIDDEN, WORD, 4, 2, 1), nn.Dropout(), nn.LeakyReLU()),
        "out_net": nn.Linear(WORD, WORD),
    })  # fmt: skip

    def recurrent(**more):
        state = nn.ModuleDict({
            "input_emb": nn.Linear(WORD, HIDDEN), "gru": nn.GRU(HIDDEN, HIDDEN, bidirectional=True, batch_first=True),
            "output_net": nn.Sequential(nn.Linear(2 * HIDDEN, HIDDEN), nn.LayerNorm(HIDDEN), nn.LeakyReLU(),
                                        nn.Linear(HIDDEN, OUT)), **more,
        }).state_dict()  # fmt: skip
        return {**state, "hidden": torch.randn(2, 1, HIDDEN)}

    return {
        "movement_encoder": movement.state_dict(),
        "motion_encoder": recurrent(),
        "text_encoder": recurrent(pos_emb=nn.Linear(PARTS, WORD)),
        "epoch": 20,
    }


def write_download(folder, channels, width):
    random = np.random.default_rng(0)
    (folder / CHECKPOINT).parent.mkdir(parents=True)
    torch.save(state_of(channels), folder / CHECKPOINT)
    statistics = folder / "Comp_v6_KLD01" / "meta" if channels == 259 else folder
    prefix = "" if channels == 259 else "eval_"
    statistics.mkdir(parents=True, exist_ok=True)
    np.save(statistics / f"{prefix}mean.npy", random.standard_normal(width).astype(np.float32))
    np.save(statistics / f"{prefix}std.npy", (random.random(width) + 0.5).astype(np.float32))
    (folder / "glove").mkdir()
    np.save(folder / "glove" / "our_vab_data.npy", random.standard_normal((len(VOCABULARY), WORD)))
    (folder / "glove" / "our_vab_words.pkl").write_bytes(pickle.dumps(VOCABULARY))
    places = {word: place for place, word in enumerate(VOCABULARY)}
    (folder / "glove" / "our_vab_idx.pkl").write_bytes(pickle.dumps(places))
    return folder


@pytest.fixture(params=[(259, 263, "tmr-263"), (67, 67, "mardm-67")], ids=["guo", "mardm"])
def download(request, tmp_path):
    channels, width, protocol = request.param
    return write_download(tmp_path / "t2m", channels, width), protocol


def sigmoid(x):
    return 1.0 / (1.0 + np.exp(-x))


def leaky(x):
    return np.where(x > 0, x, 0.2 * x)


def convolved(x, weight, bias):
    """Kernel 4, stride 2, one zero before and after; x: (N, C)."""
    padded = np.pad(x, ((1, 1), (0, 0)))
    return np.array([np.einsum("kc,ock->o", padded[i : i + 4], weight) + bias for i in range(0, len(padded) - 3, 2)])


def recurrent_by_hand(sequence, tensors):
    """Cell by cell, in float64, each direction by itself."""
    x = sequence @ tensors["input_emb.weight"].T + tensors["input_emb.bias"]
    last = []
    for way, order in enumerate((x, x[::-1])):
        suffix = "_l0" if way == 0 else "_l0_reverse"
        w_in, w_hid, b_in, b_hid = (
            tensors[f"gru.{name}{suffix}"] for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
        )
        h = tensors["hidden"][way, 0]
        for row in order:
            r_in, z_in, n_in = np.split(w_in @ row + b_in, 3)
            r_hid, z_hid, n_hid = np.split(w_hid @ h + b_hid, 3)
            z = sigmoid(z_in + z_hid)
            h = (1 - z) * np.tanh(n_in + sigmoid(r_in + r_hid) * n_hid) + z * h
        last.append(h)
    y = tensors["output_net.0.weight"] @ np.concatenate(last) + tensors["output_net.0.bias"]
    y = (y - y.mean()) / np.sqrt(y.var() + 1e-5) * tensors["output_net.1.weight"] + tensors["output_net.1.bias"]
    return tensors["output_net.3.weight"] @ leaky(y) + tensors["output_net.3.bias"]


def plain(state, name):
    return {key: tensor.double().numpy() for key, tensor in state[name].items()}


@pytest.mark.parametrize("frames", [75, 450])
def test_a_motion_goes_the_published_way(download, frames):
    """Normalized, cut to whole movements and 196 frames, followed by zeros up to 196; convolved and heard both ways."""
    folder, protocol = download
    evaluator = open_published(folder)
    assert (evaluator.protocol, evaluator.similarity) == (protocol, "euclidean")
    motion = moving(frames)
    stats = folder if protocol == "mardm-67" else folder / "Comp_v6_KLD01" / "meta"
    prefix = "eval_" if protocol == "mardm-67" else ""
    features = REPRESENTATIONS[protocol].features(motion).astype(np.float64)
    features = (features - np.load(stats / f"{prefix}mean.npy")) / np.load(stats / f"{prefix}std.npy")
    whole = min(len(features), 196) // 4
    batch = np.zeros((196, 67 if protocol == "mardm-67" else 259))
    batch[: 4 * whole] = features[: 4 * whole, : batch.shape[1]]
    state = torch.load(folder / CHECKPOINT, weights_only=True)
    movement = plain(state, "movement_encoder")
    x = leaky(convolved(batch, movement["main.0.weight"], movement["main.0.bias"]))
    x = leaky(convolved(x, movement["main.3.weight"], movement["main.3.bias"]))
    x = x @ movement["out_net.weight"].T + movement["out_net.bias"]
    expected = recurrent_by_hand(x[:whole], plain(state, "motion_encoder"))
    assert evaluator.embed_motions([motion, moving(8)])[0] == pytest.approx(expected, abs=1e-4)


def test_a_caption_goes_the_published_way(download):
    """“walk” and “left” have parts of their own, an unknown word is “unk” of no part, begin and end are marked."""
    folder, _ = download
    evaluator = RecurrentEvaluator(folder, TAGGED.__getitem__)
    vectors = np.load(folder / "glove" / "our_vab_data.npy").astype(np.float32)
    words = ["sos", "a", "unk", "walk", "slowly", "eos"]
    parts = np.eye(PARTS)[[14, 2, 14, 12, 13, 14]]
    state = torch.load(folder / CHECKPOINT, weights_only=True)
    text = plain(state, "text_encoder")
    x = vectors[[VOCABULARY.index(word) for word in words]] + parts @ text["pos_emb.weight"].T + text["pos_emb.bias"]
    expected = recurrent_by_hand(x, text)
    found = evaluator.embed_captions(["a giraffe walks slowly", "a person walks left", "a giraffe walks slowly"])
    assert found[0] == pytest.approx(expected, abs=1e-4)
    assert found[0] == pytest.approx(found[2], abs=0)
    assert np.abs(found[0] - found[1]).max() > 1e-3


def test_only_twenty_words_are_read(download):
    folder, _ = download
    words = GloveWords(folder / "glove", lambda caption: [(word, "NOUN") for word in caption.split()])
    vectors, parts = words.read("person " * 30)
    assert vectors.shape == (22, WORD)
    assert parts.argmax(axis=1).tolist() == [14, *[1] * 20, 14]


@pytest.mark.skipif(importlib.util.find_spec("spacy") is not None, reason="spaCy is installed")
def test_without_spacy_it_says_how_to_get_it(download):
    with pytest.raises(UserError, match="python -m spacy download en_core_web_sm"):
        open_published(download[0]).embed_captions(["a person walks"])


class _Harmful:
    def __reduce__(self):
        return (print, ("this must never be printed",))


def test_nothing_but_tensors_and_words_is_opened(download, capsys):
    folder, _ = download
    (folder / "glove" / "our_vab_words.pkl").write_bytes(pickle.dumps([_Harmful()]))
    with pytest.raises(UserError, match=r"our_vab_words\.pkl holds more than words and numbers"):
        open_published(folder)
    torch.save({"movement_encoder": _Harmful()}, folder / CHECKPOINT)
    with pytest.raises(UserError, match=r"finest\.tar holds more than tensors"):
        open_published(folder)
    assert "never" not in capsys.readouterr().out


def test_what_is_missing_or_of_something_else_is_named(download, tmp_path):
    folder, protocol = download
    assert is_published(folder)
    assert not is_published(tmp_path)
    stats = folder / "eval_mean.npy" if protocol == "mardm-67" else folder / "Comp_v6_KLD01" / "meta" / "mean.npy"
    np.save(stats, np.zeros(3))
    with pytest.raises(UserError, match="is not for features of"):
        open_published(folder)
    stats.unlink()
    with pytest.raises(UserError, match="lacks the features' statistics"):
        open_published(folder)
    write_download(tmp_path / "kit", 247, 251)
    with pytest.raises(UserError, match="looks at 247 features"):
        open_published(tmp_path / "kit")
    torch.save({"text_encoder": {}}, folder / CHECKPOINT)
    with pytest.raises(UserError, match=r"finest\.tar is not of a published evaluator"):
        open_published(folder)
    shutil.rmtree(folder / "text_mot_match")
    assert not is_published(folder)
