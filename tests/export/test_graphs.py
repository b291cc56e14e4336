"""The five graphs against their torch modules, at every length and batch, and their declared signatures."""

from __future__ import annotations

import numpy as np
import onnx
import onnxruntime
import pytest
import torch

from engine.bundle.graphs import GRAPHS
from export.graphs import OPSET, TrainedModel, to_onnx
from export.parity import Parity, measure
from tests.training.tiny_text import WIDTH, write_text_encoder
from training.config import AutoencoderConfig, GeneratorConfig
from training.models.autoencoder import MotionAutoencoder
from training.models.generator import MaskedFlowGenerator
from training.models.text import TextEncoder

SIZES = {"d": 4, "D": 32, "F": 272}


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """Networks whose zero-initialized parts speak too."""
    encoder = TextEncoder(str(write_text_encoder(tmp_path_factory.mktemp("text-encoder"))))
    torch.manual_seed(0)
    generator = MaskedFlowGenerator(
        GeneratorConfig(
            latent_width=4, text_width=WIDTH, width=32, depth=1, heads=2, adapter_depth=1, flow_depth=1, flow_width=32
        )
    )
    for weights in (generator.flow_head.out.weight, generator.transformer.mask_token):
        torch.nn.init.normal_(weights)
    for block in generator.flow_head.blocks:
        torch.nn.init.normal_(block.modulation.weight, std=0.2)
    autoencoder = MotionAutoencoder(AutoencoderConfig(width=8, latent_width=4))
    parts = (encoder, generator.eval(), autoencoder.eval())
    for part in parts:
        part.requires_grad_(requires_grad=False)
    return TrainedModel(*parts, torch.tensor([0.5, 1.0, 2.0, 4.0]))


@pytest.fixture(scope="module", params=GRAPHS)
def exported(request, model):
    """Name, ONNX bytes and torch module of one graph, traced at one size."""
    name = request.param
    module = model.modules()[name]
    return name, to_onnx(name, module, model.example_inputs()[name]).SerializeToString(), module


def test_it_declares_the_signature_of_the_engine(exported):
    name, graph, _ = exported
    session = onnxruntime.InferenceSession(graph, providers=["CPUExecutionProvider"])
    assert [found.name for found in session.get_inputs()] == list(GRAPHS[name].inputs)
    assert [found.name for found in session.get_outputs()] == [GRAPHS[name].output]
    for found in (*session.get_inputs(), *session.get_outputs()):
        assert GRAPHS[name].tensors[found.name].misfit(found.type, found.shape, SIZES) is None, found.name


def test_it_is_of_the_declared_opset(exported):
    model = onnx.load_from_string(exported[1])
    assert {entry.version for entry in model.opset_import if entry.domain in ("", "ai.onnx")} == {OPSET}


@pytest.mark.parametrize(("batch", "latents", "words"), [(2, 12, 9), (2, 1, 2), (1, 5, 3), (7, 60, 64), (2, 128, 4)])
def test_it_is_torchs_own_at_any_size(exported, model, batch, latents, words):
    name, graph, module = exported
    inputs = (
        model.example_inputs(batch, latents, words)[name]
        if batch > 1
        else {key: value[:1] for key, value in model.example_inputs(2, latents, words)[name].items()}
    )
    if name == "transformer" and latents == 1:
        inputs["valid"][1] = True  # the example's padding would leave nothing of the second row
    found = measure(graph, module, inputs)
    assert found.cosine_distance < 1e-6
    assert found.max_error < 2e-4


class TestTrainedModel:
    def test_latents_are_scaled_on_both_sides(self, model):
        modules, std = model.modules(), model.latent_std
        latents = torch.randn(2, 3, 4, generator=torch.Generator().manual_seed(0))
        torch.testing.assert_close(modules["decoder"](latents), model.autoencoder.decode(latents * std))
        features = torch.randn(2, 12, 272, generator=torch.Generator().manual_seed(0))
        torch.testing.assert_close(modules["encoder"](features) * std, model.autoencoder.encode(features)[0])

    def test_words_are_the_encoders_through_the_adapter(self, model):
        inputs = model.example_inputs()["text_encoder"]
        mask = inputs["attention_mask"].bool()
        expected = model.generator.adapter(model.encoder(**inputs), mask)
        assert torch.equal(model.modules()["text_encoder"](**inputs), expected)
        expected[~mask] = 0.0
        alone = model.modules()["text_encoder"](
            input_ids=inputs["input_ids"][1:, :-1], attention_mask=inputs["attention_mask"][1:, :-1]
        )
        torch.testing.assert_close(alone, expected[1:, :-1], atol=1e-5, rtol=1e-5)


class Changed(torch.nn.Module):
    def __init__(self, module, factor=1.0, offset=0.0):
        super().__init__()
        self.module, self.factor, self.offset = module, factor, offset

    def forward(self, **inputs):
        return self.factor * self.module(**inputs) + self.offset


@pytest.fixture(scope="module")
def decoder(model):
    """Graph, module and inputs of the decoder."""
    module, inputs = model.modules()["decoder"], model.example_inputs()["decoder"]
    return to_onnx("decoder", module, inputs).SerializeToString(), module, inputs


class TestParity:
    def test_the_largest_deviation_is_an_offset(self, decoder):
        graph, module, inputs = decoder
        assert measure(graph, Changed(module, offset=0.25), inputs).max_error == pytest.approx(0.25, abs=1e-4)

    def test_the_cosine_sees_directions_and_the_largest_deviation_sizes(self, decoder):
        graph, module, inputs = decoder
        twice = measure(graph, Changed(module, factor=2.0), inputs)
        assert twice.cosine_distance == pytest.approx(0.0, abs=1e-6)
        with torch.no_grad():
            assert twice.max_error == pytest.approx(float(module(**inputs).abs().max()), rel=1e-3)
        assert measure(graph, Changed(module, factor=-1.0), inputs).cosine_distance == pytest.approx(2.0, abs=1e-6)

    def test_silence_is_not_divided_by(self, decoder):
        graph, module, inputs = decoder
        found = measure(graph, Changed(module, factor=0.0), inputs)
        assert isinstance(found, Parity)
        assert np.isfinite([found.cosine_distance, found.max_error]).all()
