"""T5, CLIP, DistilBERT and BERT, tiny and of random weights, read from folders as they are published."""

from __future__ import annotations

import pytest
import torch
from transformers import AutoTokenizer, BertModel, CLIPTextModel, DistilBertModel, T5Model
from transformers.models.t5.modeling_t5 import T5Stack

from engine.errors import UserError
from tests.training.tiny_text import WIDTH, write_clip, write_distilbert, write_t5
from training.models import text
from training.models.text import MAX_WORDS, TextEncoder, encoder_source, pooled

SENTENCES = ["a man walks", "", "a man bows and walks", "walk " * 100]
FAMILIES = ("t5", "clip", "distilbert", "bert")
KINDS = {"t5": T5Stack, "clip": CLIPTextModel, "distilbert": DistilBertModel, "bert": BertModel}


@pytest.fixture(scope="module")
def folders(text_encoder, tmp_path_factory):
    folder = tmp_path_factory.mktemp("encoders")
    return {
        "t5": write_t5(folder / "t5"),
        "clip": write_clip(folder / "clip"),
        "distilbert": write_distilbert(folder / "distilbert", text_encoder),
        "bert": text_encoder,
    }


@pytest.fixture(params=FAMILIES)
def family(request):
    return request.param


@pytest.fixture
def encoder(family, folders):
    return TextEncoder(str(folders[family]))


def test_the_folder_decides_how_it_is_read(encoder, family):
    assert type(encoder.model) is KINDS[family]
    assert encoder.width == WIDTH
    assert not encoder.training
    assert not any(parameter.requires_grad for parameter in encoder.parameters())


def test_words_are_those_of_the_sentence_alone(encoder):
    words, mask = encoder.encode(SENTENCES, batch_size=2)
    assert (words.shape[0], words.shape[2], words.dtype) == (4, WIDTH, torch.float16)
    assert mask.sum(dim=1).max() == MAX_WORDS
    assert (mask.int().diff(dim=1) <= 0).all(), "padding stands behind the words"
    assert (mask.sum(dim=1) > 0).all(), "the null prompt has a word, too"
    for row, sentence in enumerate(SENTENCES):
        tokens = encoder.tokenizer(sentence, truncation=True, max_length=MAX_WORDS, return_tensors="pt")
        alone = encoder.model(**tokens).last_hidden_state[0]
        torch.testing.assert_close(words[row][mask[row]].float(), alone, atol=5e-3, rtol=2e-3)


def test_t5_is_the_encoder_half(folders):
    """With the weights that the folder holds, not with some drawn anew."""
    encoder, whole = TextEncoder(str(folders["t5"])), T5Model.from_pretrained(folders["t5"])
    tokens = AutoTokenizer.from_pretrained(folders["t5"])("a man walks", return_tensors="pt")
    expected = whole.encoder(**tokens).last_hidden_state
    torch.testing.assert_close(encoder(**tokens), expected)
    assert encoder.tokenizer.convert_ids_to_tokens(tokens["input_ids"][0]) == ["▁a", "▁man", "▁walk", "s", "</s>"]


def test_clips_sentence_is_what_clip_pools(folders):
    encoder = TextEncoder(str(folders["clip"]))
    tokens = encoder.tokenizer(["a man walks"], return_tensors="pt")
    expected = encoder.model(**tokens).pooler_output
    found = encoder.encode_sentences(["a man walks", SENTENCES[3]])[:1]
    torch.testing.assert_close(found, expected, atol=5e-3, rtol=2e-3)


def test_other_sentences_are_the_mean_of_their_words(folders):
    encoder = TextEncoder(str(folders["distilbert"]))
    words, mask = encoder.encode(SENTENCES)
    found = encoder.encode_sentences(SENTENCES)
    for row in range(len(SENTENCES)):
        torch.testing.assert_close(found[row], words[row, : mask[row].sum()].float().mean(dim=0))


def test_pooled_by_hand():
    words = torch.tensor([[[1.0, 2.0], [3.0, 6.0], [9.0, 9.0]]])
    mask = torch.tensor([[True, True, False]])
    assert pooled(words, mask, last=False).tolist() == [[2.0, 4.0]]
    assert pooled(words, mask, last=True).tolist() == [[3.0, 6.0]]


def test_names_stand_for_the_published_ones(monkeypatch, tmp_path):
    monkeypatch.setattr(text, "minilm_folder", lambda: tmp_path)
    assert encoder_source("minilm") == str(tmp_path)
    assert encoder_source("t5") == "google-t5/t5-large"
    assert encoder_source("clip") == "openai/clip-vit-base-patch32"
    assert encoder_source("distilbert") == "distilbert/distilbert-base-uncased"
    assert encoder_source("google-t5/t5-small") == "google-t5/t5-small"


def test_a_folder_that_holds_no_encoder_is_a_sentence(tmp_path):
    (tmp_path / "config.json").write_text('{"model_type": "unheard-of"}', encoding="utf-8")
    with pytest.raises(UserError, match=r"can't be loaded; give a local folder"):
        TextEncoder(str(tmp_path))
