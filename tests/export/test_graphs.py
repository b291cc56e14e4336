"""The five graphs against their torch modules, at every length and batch, and their declared signatures."""

from __future__ import annotations

import itertools

import numpy as np
import onnx
import onnxruntime
import pytest
import torch

from engine.bundle.graphs import FAMILIES, GRAPHS
from export.graphs import OPSET, TrainedModel, to_onnx
from export.parity import Parity, measure
from export.precision import stored_as
from tests.training.tiny_text import WIDTH, write_text_encoder
from training.config import AutoencoderConfig, GeneratorConfig
from training.models.autoencoder import MotionAutoencoder
from training.models.generator import new_generator
from training.models.text import TextEncoder

SIZES = {"d": 4, "D": 32, "W": 128, "F": 272}
LONGEST = 150


PLAIN = GeneratorConfig(
    latent_width=4, text_width=WIDTH, width=32, depth=2, heads=2, adapter_depth=1, flow_depth=2, flow_width=32
)
PARTS = {"memory_slots": 3, "local_conditioning": True, "sink_mask": 0.5}


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """From a generator's configuration to networks whose zero-initialized parts speak too."""
    encoder = TextEncoder(str(write_text_encoder(tmp_path_factory.mktemp("text-encoder"))))

    def make(config):
        torch.manual_seed(0)
        generator = new_generator(config)
        for parameter in generator.parameters():
            if not parameter.any():
                torch.nn.init.normal_(parameter, std=0.2)
        autoencoder = MotionAutoencoder(AutoencoderConfig(width=8, latent_width=4))
        parts = (encoder, generator.eval(), autoencoder.eval())
        for part in parts:
            part.requires_grad_(requires_grad=False)
        return TrainedModel(*parts, torch.tensor([0.5, 1.0, 2.0, 4.0]), LONGEST)

    return make


@pytest.fixture(scope="module")
def model(trained):
    return trained(PLAIN)


@pytest.fixture(scope="module")
def model_with_parts(trained):
    return trained(PLAIN.model_copy(update=PARTS))


@pytest.fixture(scope="module")
def flow_model(trained):
    return trained(PLAIN.model_copy(update={"family": "flow", **PARTS}))


ALL = [("model", name) for name in FAMILIES["masked-ar"]] + [
    ("model_with_parts", "transformer"),
    ("flow_model", "velocity"),
]


@pytest.fixture(scope="module", params=ALL, ids="-".join)
def exported(request):
    """Name, ONNX bytes and torch module of one graph, traced at one size."""
    kind, name = request.param
    model = request.getfixturevalue(kind)
    module = model.modules()[name]
    return name, to_onnx(name, module, model.example_inputs()[name]).SerializeToString(), module


def test_it_declares_the_signature_of_the_engine(exported):
    name, graph, _ = exported
    session = onnxruntime.InferenceSession(graph, providers=["CPUExecutionProvider"])
    assert {found.name for found in session.get_inputs()} == set(GRAPHS[name].inputs)
    assert [found.name for found in session.get_outputs()] == list(GRAPHS[name].outputs)
    for found in (*session.get_inputs(), *session.get_outputs()):
        assert GRAPHS[name].tensors[found.name].misfit(found.type, found.shape, SIZES) is None, found.name


def test_it_is_of_the_declared_opset(exported):
    model = onnx.load_from_string(exported[1])
    assert {entry.version for entry in model.opset_import if entry.domain in ("", "ai.onnx")} == {OPSET}


@pytest.mark.parametrize(("batch", "latents", "words"), [(2, 12, 9), (2, 1, 2), (1, 5, 3), (7, 60, 64), (2, 128, 4)])
def test_it_is_torchs_own_at_any_size(exported, model, batch, latents, words):
    name, graph, module = exported
    inputs = (
        model.example_inputs(max(batch, 2), latents, words)[name]
        if batch > 1 or name == "flow"  # whose inputs are no batch of sequences
        else {key: value[:1] for key, value in model.example_inputs(2, latents, words)[name].items()}
    )
    if name in ("transformer", "velocity") and latents == 1:
        inputs["valid"][1] = True  # the example's padding would leave nothing of the second row
    found = measure(graph, module, inputs)
    assert found.cosine_distance < 1e-6
    assert found.max_error < 2e-4


def test_in_float16_the_map_of_the_words_is_torchs_own(exported, model):
    name, graph, module = exported
    if name not in ("transformer", "velocity"):
        pytest.skip("gives no map")
    stored = stored_as(onnx.load_from_string(graph), "float16").SerializeToString()
    found = measure(stored, module, model.example_inputs(3, 30, 12)[name])
    assert 0 < found.attention_error < 1e-3


class TestTrainedModel:
    def test_latents_are_scaled_on_both_sides(self, model):
        modules, std = model.modules(), model.latent_std
        latents = torch.randn(2, 3, 4, generator=torch.Generator().manual_seed(0))
        torch.testing.assert_close(modules["decoder"](latents), model.autoencoder.decode(latents * std))
        features = torch.randn(2, 12, 272, generator=torch.Generator().manual_seed(0))
        torch.testing.assert_close(modules["encoder"](features) * std, model.autoencoder.encode(features)[0])

    def test_words_are_the_keys_and_values_of_the_encoders_through_the_adapter(self, model):
        inputs = model.example_inputs()["text_encoder"]
        mask = inputs["attention_mask"].bool()
        words = model.generator.adapter(model.encoder(**inputs), mask)
        expected = torch.cat(
            [layer.cross_attention.key_value(words) for layer in model.generator.transformer.layers], -1
        )
        found = model.modules()["text_encoder"](**inputs)
        torch.testing.assert_close(found, expected)
        alone = model.modules()["text_encoder"](
            input_ids=inputs["input_ids"][1:, :-1], attention_mask=inputs["attention_mask"][1:, :-1]
        )
        torch.testing.assert_close(alone, expected[1:, :-1], atol=1e-5, rtol=1e-5)

    def test_the_transformer_is_the_trained_one(self, model):
        """On ready keys and values; and its attention is the mean of what the trained layers' softmax gives."""
        inputs = model.example_inputs(3, 40, 7)["transformer"]
        words = torch.randn(3, 7, 32, generator=torch.Generator().manual_seed(1))
        layers = model.generator.transformer.layers
        ready = torch.cat([layer.cross_attention.key_value(words) for layer in layers], -1)
        weights = []

        def listen(attention, arguments):
            x, context, mask = arguments
            query = attention.query(x).unflatten(-1, (2, -1)).transpose(1, 2)
            key = attention.key_value(context).unflatten(-1, (4, -1)).transpose(1, 2)[:, :2]
            scores = (query @ key.mT) / 16**0.5
            weights.append(scores.masked_fill(~mask[:, None, None], -torch.inf).softmax(-1).mean(1))

        handles = [layer.cross_attention.register_forward_pre_hook(listen) for layer in layers]
        expected = model.generator.transformer(**{**inputs, "words": words})
        for handle in handles:
            handle.remove()
        conditions, attention = model.modules()["transformer"](**{**inputs, "words": ready})
        valid = inputs["valid"]
        torch.testing.assert_close(conditions[valid], expected[valid], atol=2e-5, rtol=1e-4)
        torch.testing.assert_close(attention[valid], torch.stack(weights).mean(0)[valid], atol=1e-6, rtol=1e-4)
        torch.testing.assert_close(attention.sum(-1), torch.ones(3, 40))
        assert (attention[1, :, -1] == 0).all()  # that word is padding

    def test_the_transformer_with_memory_local_conditioning_and_sink_mask_is_the_trained_one(self, model_with_parts):
        inputs = model_with_parts.example_inputs(3, 40, 7)["transformer"]
        generator, module = model_with_parts.generator, model_with_parts.modules()["transformer"]
        self.same_as_trained(generator, module, inputs)

    def test_the_velocity_is_the_trained_one(self, flow_model):
        inputs = flow_model.example_inputs(3, 40, 7)["velocity"]
        self.same_as_trained(flow_model.generator, flow_model.modules()["velocity"], inputs)

    def same_as_trained(self, generator, module, inputs):
        """What it gives and where its attention is: within 1e-3 of torch's own map, in rows that sum to one, on no
        padding, and not on the start token unless there is no other.
        """
        inputs["words_mask"][2, 1:] = False  # one word alone
        words = torch.randn(3, 7, 32, generator=torch.Generator().manual_seed(1))
        transformer, mask = generator.transformer, inputs["words_mask"]
        ready = torch.cat([layer.cross_attention.key_value(words) for layer in transformer.layers], -1)
        heard: list[torch.Tensor] = []
        expected = transformer(*(inputs | {"words": words, "words_mask": generator.audible(mask)}).values(), heard)
        found, attention = module(**{**inputs, "words": ready})
        valid = inputs["valid"]
        torch.testing.assert_close(found[valid], expected[valid], atol=2e-5, rtol=1e-4)
        own = torch.stack([weights.mean(dim=1) for weights in heard]).mean(dim=0)
        torch.testing.assert_close(attention[valid], own[valid], atol=1e-6, rtol=1e-4)
        torch.testing.assert_close(attention.sum(-1), torch.ones(3, 40))
        assert (attention[1, :, -1] == 0).all()  # padding
        assert (attention[:2, :, 0] == 0).all()
        assert (attention[2, :, 0] == 1).all()

    def test_the_flow_is_guided_euler_steps_of_the_trained_head(self, model):
        inputs = model.example_inputs(2, 6, 9)["flow"]
        head, x_t = model.generator.flow_head, inputs["noise"]
        for t, t_next in itertools.pairwise(inputs["times"]):
            time = t.expand(len(x_t))
            v, v_null = (head(x_t, time, inputs[name]) for name in ("conditions", "null_conditions"))
            x_t = x_t - (t - t_next) * (v_null + inputs["scale"][:, None] * (v - v_null))
        torch.testing.assert_close(model.modules()["flow"](**inputs), x_t, atol=1e-5, rtol=1e-4)


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
