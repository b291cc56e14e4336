"""A training of three steps with the real loop: what may move does, and nothing else."""

import pytest
import torch

from training.models.text import TextEncoder
from training.word_embeddings.pieces import TokenizedCaptions, rows_of
from training.word_embeddings.table import WordEmbeddings
from training.word_embeddings.trainer import EMBEDDINGS, MateData, mate_of, train_mate


@pytest.fixture
def trained(settings, encoder_folder, word_shards, tmp_path):
    config = settings(encoder_folder)
    data = MateData(config, word_shards)
    return config, data, train_mate(config, word_shards, tmp_path, data), tmp_path


def test_only_rows_of_words_that_occur_change(trained):
    config, data, _, run = trained
    before, after = TextEncoder(config.text_encoder), TextEncoder(config.text_encoder, run / EMBEDDINGS)
    may_move = rows_of(before, data.words.words)
    tables = [encoder.model.get_input_embeddings().weight for encoder in (before, after)]
    changed = torch.nonzero((tables[0] != tables[1]).any(dim=1))[:, 0]
    assert len(changed) > 0
    assert torch.isin(changed, may_move).all()
    said = before.tokenizer(data.captions)["input_ids"]
    assert set(changed.tolist()) <= {row for ids in said for row in ids}
    for name, parameter in before.named_parameters():
        if parameter is not tables[0]:
            assert torch.equal(parameter, after.get_parameter(name)), name
    assert torch.equal(WordEmbeddings.read(run / EMBEDDINGS).rows, may_move)


def test_the_file_gives_the_sentences_of_the_trained_network(trained):
    config, data, mate, run = trained
    after = TextEncoder(config.text_encoder, run / EMBEDDINGS)
    sentences = data.captions[:20]
    torch.testing.assert_close(after.encode_sentences(sentences), mate.encoder.encode_sentences(sentences))


def with_gradients(mate):
    return {name for name, parameter in mate.encoder.named_parameters() if parameter.requires_grad}


def test_only_the_word_embeddings_have_gradients(settings, encoder_folder, word_shards):
    config = settings(encoder_folder)
    mate = mate_of(config, MateData(config, word_shards))
    (name,) = with_gradients(mate)
    assert mate.encoder.get_parameter(name) is mate.table.move


@pytest.mark.parametrize("trained", ["none", "rest", "all", "lora"])
def test_the_ablations_train_what_they_say(trained, settings, encoder_folder, word_shards):
    config = settings(encoder_folder, trained=trained)
    mate = mate_of(config, MateData(config, word_shards))
    names = with_gradients(mate)
    assert any(name.endswith(".move") for name in names) == (trained == "all")
    assert not any(mate.encoder.get_parameter(name) is mate.table.table.weight for name in names)
    assert any("layer" in name or "block" in name for name in names) == (trained != "none")
    if trained == "lora":
        assert all(name.endswith((".up", ".down")) for name in names)


def test_an_adapter_changes_nothing_before_it_is_trained(settings, encoder_folder, word_shards):
    config = settings(encoder_folder, trained="lora")
    mate, plain = mate_of(config, MateData(config, word_shards)), TextEncoder(config.text_encoder)
    sentences = ["a man walks", "a man bows"]
    torch.testing.assert_close(mate.encoder.encode_sentences(sentences), plain.encode_sentences(sentences))
    with torch.no_grad():
        for name, parameter in mate.encoder.named_parameters():
            if name.endswith(".up"):
                parameter.fill_(0.5)
    assert not torch.allclose(mate.encoder.encode_sentences(sentences), plain.encode_sentences(sentences), atol=1e-3)


def test_a_loss_that_is_left_out_adds_nothing(settings, encoder_folders, word_shards):
    config = settings(encoder_folders["minilm"])
    data = MateData(config, word_shards)
    mate = mate_of(config, data)
    batch = data.sampler(word_shards.of("train"), is_composed=True).draw(6, data.mean, data.std, (0, 0))
    texts = TokenizedCaptions.of(mate.encoder, batch.captions, batch.places)
    forgiven = torch.eye(6, dtype=torch.bool)

    def losses(**weights):
        random = torch.Generator().manual_seed(0)
        return mate(batch, texts, forgiven, config.loss.model_copy(update=weights), random)

    parts = losses()
    nothing = {"reconstruction": 0.0, "of_words": 0.0, "sentence": 0.0}
    assert losses(**nothing)["loss"] == 0.0
    for weight, name in (("reconstruction", "reconstruction"), ("sentence", "sentence")):
        torch.testing.assert_close(losses(**nothing | {weight: 2.0})["loss"], 2.0 * parts[name])
    of_words = {"self_decoupling": "self", "cross_decoupling": "cross", "alignment": "alignment"}
    for weight, name in of_words.items():
        alone = nothing | dict.fromkeys(of_words, 0.0) | {"of_words": 0.5, weight: 1.0}
        torch.testing.assert_close(losses(**alone)["loss"], 0.5 * parts[name])
