"""The ablation `adaln`: one pooled word, no cross-attention."""

from __future__ import annotations

import pytest
import torch
from pydantic import ValidationError

from training.config import GeneratorConfig
from training.models.generator import new_generator
from training.models.layers import TransformerLayer
from training.models.pooled_conditioning import PooledAdapter, PooledLayer

CONFIG = GeneratorConfig(
    conditioning="adaln", latent_width=3, text_width=5, width=8, depth=2, heads=2, flow_depth=1, flow_width=8
)
LATENTS = torch.randn(2, 4, 3, generator=torch.Generator().manual_seed(0))
VALID = torch.tensor([[True] * 4, [True, True, True, False]])
WORDS = torch.randn(2, 6, 5, generator=torch.Generator().manual_seed(1))
MASK = torch.tensor([[True] * 6, [True] * 2 + [False] * 4])


def loud(model):
    """A network whose modulations say something, as after training."""
    torch.manual_seed(2)
    for layer in model.transformer.layers:
        torch.nn.init.normal_(layer.modulation.weight, std=0.3)
    return model.eval()


def conditions(model, words, mask):
    return model.transformer(LATENTS, VALID, VALID, model.adapter(words, mask), mask)


@pytest.mark.parametrize(("pooling", "expected"), [("mean", WORDS[1, :2].mean(dim=0)), ("last", WORDS[1, 1])])
def test_the_word_is_pooled_and_projected(pooling, expected):
    adapter = PooledAdapter(CONFIG.model_copy(update={"pooling": pooling}))
    word = adapter(WORDS, MASK)
    assert word.shape == (2, 1, 8)
    torch.testing.assert_close(word[1, 0], adapter.norm(adapter.project(expected)))


def test_an_untrained_layer_is_one_without_words():
    torch.manual_seed(0)
    layer, plain = PooledLayer(CONFIG), TransformerLayer(CONFIG.model_copy(update={"conditioning": "cross-attention"}))
    plain.self_attention.load_state_dict(layer.self_attention.state_dict())
    plain.mlp.load_state_dict(layer.mlp.state_dict())
    torch.nn.init.zeros_(plain.cross_attention.out.weight)
    torch.nn.init.zeros_(plain.cross_attention.out.bias)
    x, places = torch.randn(2, 4, 8), torch.arange(4.0).expand(2, 4)
    found = layer(x, places, VALID, torch.randn(2, 1, 8), MASK)
    expected = plain(x, places, VALID, torch.randn(2, 6, 8), MASK)
    torch.testing.assert_close(found[VALID], expected[VALID])


def test_words_are_heard_but_never_padding():
    model = loud(new_generator(CONFIG))
    found = conditions(model, WORDS, MASK)
    other = WORDS.clone()
    other[1, 2:] = 9.0
    torch.testing.assert_close(conditions(model, other, MASK), found)
    other[1, 1] += 1.0
    changed = (conditions(model, other, MASK) - found).abs().amax(dim=(1, 2))
    assert changed[0] == 0.0
    assert changed[1] > 1e-3


def test_every_weight_has_a_gradient():
    model = loud(new_generator(CONFIG)).train()
    losses = model(LATENTS, VALID, WORDS, MASK, 2, torch.Generator().manual_seed(3))
    (losses.flow + losses.guess).backward()
    assert [name for name, parameter in model.named_parameters() if parameter.grad is None] == []


def test_no_word_is_looked_at():
    model, heard = new_generator(CONFIG), []
    model.transformer(LATENTS, VALID, VALID, model.adapter(WORDS, MASK), MASK, heard)
    assert [weights.shape for weights in heard] == [(2, 2, 4, 6)] * 2
    assert not any(weights.any() for weights in heard)


@pytest.mark.parametrize("other", [{"family": "flow"}, {"memory_slots": 4}, {"sink_mask": 0.5}])
def test_it_goes_with_no_switch_of_cross_attention(other):
    with pytest.raises(ValidationError, match="adaln"):
        GeneratorConfig(conditioning="adaln", **other)
