"""The file of changed rows: what it says, what it changes, and what it refuses."""

import pytest
import torch
from safetensors.torch import load_file, save_file

from engine.errors import UserError
from training.models.text import TextEncoder
from training.word_embeddings.table import WordEmbeddings, fingerprint


def table_of(encoder):
    return encoder.model.get_input_embeddings().weight


def test_only_the_rows_of_the_file_are_others(encoder, encoder_folder, tmp_path):
    rows, moved = torch.tensor([9, 7]), torch.randn(2, encoder.width)
    WordEmbeddings(rows, moved, fingerprint(table_of(encoder))).save(tmp_path / "words.safetensors")
    changed = TextEncoder(str(encoder_folder), tmp_path / "words.safetensors")
    assert torch.equal(table_of(changed)[rows], moved)
    kept = torch.ones(len(table_of(encoder)), dtype=torch.bool)
    kept[rows] = False
    assert torch.equal(table_of(changed)[kept], table_of(encoder)[kept])
    others = {name for name, _ in encoder.named_parameters() if table_of(encoder) is not encoder.get_parameter(name)}
    assert others
    assert all(torch.equal(changed.get_parameter(name), encoder.get_parameter(name)) for name in others)


def test_a_sentence_with_a_changed_word_is_another(encoders_of_bert):
    before, after = encoders_of_bert
    sentences = ["a man walks", "a man bows"]
    difference = (before.encode_sentences(sentences) - after.encode_sentences(sentences)).abs().amax(dim=1)
    assert difference[0] > 0.01
    assert difference[1] == 0.0


@pytest.fixture
def encoders_of_bert(encoder_folders, tmp_path):
    before = TextEncoder(str(encoder_folders["minilm"]))
    row = before.tokenizer.convert_tokens_to_ids("walks")
    moved = WordEmbeddings(torch.tensor([row]), torch.randn(1, before.width), fingerprint(table_of(before)))
    moved.save(tmp_path / "words.safetensors")
    return before, TextEncoder(str(encoder_folders["minilm"]), tmp_path / "words.safetensors")


def test_the_file_holds_the_rows_in_order_and_no_more(tmp_path):
    WordEmbeddings(torch.tensor([5, 2]), torch.tensor([[5.0], [2.0]]), "abc").save(tmp_path / "words.safetensors")
    tensors = load_file(tmp_path / "words.safetensors")
    assert {name: tensor.tolist() for name, tensor in tensors.items()} == {"rows": [2, 5], "embeddings": [[2.0], [5.0]]}


def test_another_encoder_refuses_it(encoder_folders, tmp_path):
    path = tmp_path / "words.safetensors"
    WordEmbeddings(torch.tensor([3]), torch.zeros(1, 32), fingerprint(torch.zeros(4, 32))).save(path)
    with pytest.raises(UserError, match="belongs to another text encoder"):
        TextEncoder(str(encoder_folders["minilm"]), path)


@pytest.mark.parametrize("content", ["text", "other tensors", "nothing"])
def test_what_is_no_such_file_is_refused(content, tmp_path):
    path = tmp_path / "words.safetensors"
    if content == "text":
        path.write_text("words", encoding="utf-8")
    elif content == "other tensors":
        save_file({"rows": torch.zeros(2), "embeddings": torch.zeros(3, 4)}, path, metadata={"encoder": "x"})
    with pytest.raises(UserError, match="is no file of word embeddings"):
        WordEmbeddings.read(path)
