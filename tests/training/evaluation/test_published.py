"""Published evaluators: files in the layout of their projects are read, safely, and preprocessed as published."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from engine.errors import UserError
from tests.training.made_clips import moving
from training.evaluation.published import TEXT_ENCODER, PublishedEvaluator, is_published
from training.evaluation.representations import REPRESENTATIONS
from training.evaluation.safe_loading import load_tensors

WIDTH, TEXT_WIDTH = 8, 32


def encoder_tensors(channels, projection, split_tokens):
    """Random weights under the names that the projects use."""
    layer = nn.TransformerEncoderLayer(WIDTH, 4, 16, activation="gelu", batch_first=True)
    layers = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
    tensors = {f"seqTransEncoder.{name}": tensor for name, tensor in layers.state_dict().items()}
    linear, tokens = nn.Linear(channels, WIDTH), torch.randn(2, WIDTH)
    tensors |= {f"{projection}.weight": linear.weight.data, f"{projection}.bias": linear.bias.data}
    return tensors | ({"mu_token": tokens[0], "logvar_token": tokens[1]} if split_tokens else {"tokens": tokens})


def write_distilbert(folder, text_encoder):
    """A tiny DistilBERT with the tokenizer of the tiny BERT."""
    from transformers import AutoTokenizer, DistilBertConfig, DistilBertModel

    tokenizer = AutoTokenizer.from_pretrained(str(text_encoder))
    config = DistilBertConfig(vocab_size=len(tokenizer), dim=TEXT_WIDTH, n_layers=1, n_heads=2, hidden_dim=32)
    model = DistilBertModel(config)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return model


@pytest.fixture
def tmr(tmp_path, text_encoder):
    torch.manual_seed(0)
    folder = tmp_path / "tmr"
    folder.mkdir()
    write_distilbert(folder / TEXT_ENCODER, text_encoder)
    torch.save(encoder_tensors(263, "projection", split_tokens=False), folder / "motion_encoder.pt")
    torch.save(encoder_tensors(TEXT_WIDTH, "projection", split_tokens=False), folder / "text_encoder.pt")
    torch.save(torch.randn(263), folder / "mean.pt")
    torch.save(torch.rand(263) + 0.5, folder / "std.pt")
    return folder


@pytest.fixture
def motion_streamer(tmp_path, text_encoder):
    torch.manual_seed(0)
    folder = tmp_path / "motion-streamer"
    folder.mkdir()
    model = write_distilbert(folder / TEXT_ENCODER, text_encoder)
    text = encoder_tensors(TEXT_WIDTH, "projection.1", split_tokens=True)
    text |= {f"text_model.{name}": tensor + 0.01 for name, tensor in model.state_dict().items()}
    motion = encoder_tensors(272, "skel_embedding", split_tokens=True)
    state = {f"textencoder.{name}": tensor for name, tensor in text.items()}
    state |= {f"motionencoder.{name}": tensor for name, tensor in motion.items()}
    torch.save({"state_dict": state, "epoch": 99}, folder / "epoch=99.ckpt")
    np.save(folder / "Mean.npy", np.zeros(272, np.float32))
    np.save(folder / "Std.npy", np.ones(272, np.float32))
    return folder


def by_hand(tensors, projection, sequence):
    """The published forward pass, written once more with torch's own layers, sequence first."""
    layer = nn.TransformerEncoderLayer(WIDTH, 4, 16, activation="gelu")
    layers = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False).eval()
    layers.load_state_dict({n.removeprefix("seqTransEncoder."): t for n, t in tensors.items() if n[:3] == "seq"})
    x = sequence @ tensors[f"{projection}.weight"].T + tensors[f"{projection}.bias"]
    tokens = tensors["tokens"] if "tokens" in tensors else torch.stack([tensors["mu_token"], tensors["logvar_token"]])
    x = torch.cat([tokens, x])
    for place in range(len(x)):
        for i in range(0, WIDTH, 2):
            angle = place / 10_000 ** (i / WIDTH)
            x[place, i] += np.sin(angle)
            x[place, i + 1] += np.cos(angle)
    return layers(x[:, None])[0, 0]


@torch.inference_mode()
def test_tmr_is_read_and_normalizes_as_published(tmr):
    assert is_published(tmr)
    evaluator = PublishedEvaluator(tmr)
    assert (evaluator.protocol, evaluator.similarity) == ("tmr-263", "cosine")
    motion = moving(45)
    features = torch.from_numpy(REPRESENTATIONS["tmr-263"].features(motion))
    normalized = (features - torch.load(tmr / "mean.pt")) / torch.load(tmr / "std.pt")
    expected = by_hand(torch.load(tmr / "motion_encoder.pt"), "projection", normalized)
    assert evaluator.embed_motions([motion])[0] == pytest.approx(expected.numpy(), abs=1e-4)
    captions = evaluator.embed_captions(["a person walks", "a person waves", "a person walks"])
    assert captions.shape == (3, WIDTH)
    assert captions[0] == pytest.approx(captions[2], abs=0)


@torch.inference_mode()
def test_motion_streamer_carries_its_own_language_model(motion_streamer):
    from transformers import AutoModel, AutoTokenizer

    evaluator = PublishedEvaluator(motion_streamer)
    assert (evaluator.protocol, evaluator.similarity) == ("ms-272", "euclidean")
    state = torch.load(motion_streamer / "epoch=99.ckpt")["state_dict"]
    text = {name.removeprefix("textencoder."): tensor for name, tensor in state.items() if name[:4] == "text"}
    folder = str(motion_streamer / TEXT_ENCODER)
    model = AutoModel.from_pretrained(folder)
    model.load_state_dict(
        {name.removeprefix("text_model."): t for name, t in text.items() if name[:10] == "text_model"}
    )
    tokens = AutoTokenizer.from_pretrained(folder)("a person walks", return_tensors="pt")["input_ids"]
    words = model.eval()(tokens).last_hidden_state[0].relu()
    expected = by_hand(text, "projection.1", words)
    assert evaluator.embed_captions(["a person walks"])[0] == pytest.approx(expected.numpy(), abs=1e-4)
    assert evaluator.embed_motions([moving(40), moving(24)]).shape == (2, WIDTH)


class _Harmful:
    def __reduce__(self):
        return (print, ("this must never be printed",))


def test_nothing_but_tensors_is_opened(tmr, tmp_path, capsys):
    torch.save({"weights": _Harmful()}, tmr / "motion_encoder.pt")
    with pytest.raises(UserError, match="holds more than tensors, which is not opened"):
        PublishedEvaluator(tmr)
    assert "never" not in capsys.readouterr().out
    (tmp_path / "cut.pt").write_bytes((tmr / "mean.pt").read_bytes()[:50])
    with pytest.raises(UserError, match=r"cut\.pt"):
        load_tensors(tmp_path / "cut.pt")


@pytest.mark.parametrize("missing", ["text_encoder.pt", "std.pt"])
def test_a_download_that_lacks_a_file_is_refused_by_name(tmr, missing):
    (tmr / missing).unlink()
    with pytest.raises(UserError, match=missing):
        PublishedEvaluator(tmr)


def test_other_weights_are_refused(tmr, tmp_path):
    torch.save({"something": torch.zeros(2)}, tmr / "motion_encoder.pt")
    with pytest.raises(UserError, match="not the download of a published evaluator"):
        PublishedEvaluator(tmr)
    torch.save(encoder_tensors(251, "projection", split_tokens=False), tmr / "motion_encoder.pt")
    with pytest.raises(UserError, match="other features than those of tmr-263"):
        PublishedEvaluator(tmr)
    assert not is_published(tmp_path)
