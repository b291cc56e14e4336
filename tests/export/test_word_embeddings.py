"""A generator trained with other word embeddings: the graph that is exported reads its words with them."""

from __future__ import annotations

import numpy as np
import onnxruntime
import pytest
import torch

from export.bundle import opened_run
from export.graphs import to_onnx
from export.inference import TextGraph
from training.models.text import TextEncoder
from training.word_embeddings.table import WordEmbeddings, fingerprint

SENTENCES = ("a man walks forward", "a man bows politely")


@pytest.fixture
def run_with_words(workshop, monkeypatch):
    """The folder of a run whose settings name a file in which "walks" is another word."""
    monkeypatch.chdir(workshop.folder)
    plain = TextEncoder("text-encoder")
    row = torch.tensor([plain.tokenizer.convert_tokens_to_ids("walks")])
    moved = torch.randn(1, plain.width, generator=torch.Generator().manual_seed(0))
    words = workshop.folder / "words.safetensors"
    WordEmbeddings(row, moved, fingerprint(plain.model.get_input_embeddings().weight)).save(words)
    settings = (workshop.folder / "generator.toml").read_text(encoding="utf-8")
    (workshop.folder / "generator-words.toml").write_text(
        f'word_embeddings = "{words.name}"\n{settings}', encoding="utf-8"
    )
    workshop.must("train", "generator", "generator-words.toml", "-o", "runs/generator-words")
    return workshop.folder / "runs" / "generator-words"


def test_the_exported_text_encoder_has_the_changed_rows(run_with_words):
    model, _ = opened_run(run_with_words)
    graph = to_onnx("text_encoder", model.modules()["text_encoder"], model.example_inputs()["text_encoder"])
    session = onnxruntime.InferenceSession(graph.SerializeToString(), providers=["CPUExecutionProvider"])
    plain = TextGraph(TextEncoder("text-encoder"), model.generator.adapter, model.generator.transformer)
    differences = []
    for sentence in SENTENCES:
        tokens = model.encoder.tokenizer([sentence], return_tensors="pt")
        ids, mask = tokens["input_ids"], tokens["attention_mask"]
        (words,) = session.run(None, {"input_ids": ids.numpy(), "attention_mask": mask.numpy()})
        with torch.inference_mode():
            trained, before = model.modules()["text_encoder"](ids, mask), plain(ids, mask)
        np.testing.assert_allclose(words, trained.numpy(), atol=1e-4)
        differences.append(float(np.abs(words - before.numpy()).max()))
    assert differences[0] > 0.01
    assert differences[1] < 1e-4
