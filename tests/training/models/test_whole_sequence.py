"""The flow family and the switches of both: losses in closed form, what may not leak, what each part does."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from training.config import GeneratorConfig
from training.models.attention import Attention
from training.models.generator import new_generator
from training.models.layers import LocalConditioning
from training.models.masked import MaskedFlowGenerator
from training.models.whole_sequence import WholeSequenceGenerator

LENGTH, WORDS = 9, 5
PLAIN = GeneratorConfig(
    latent_width=3, text_width=10, width=16, depth=2, heads=2, adapter_depth=1, flow_depth=1, flow_width=16
)
PARTS = {"memory_slots": 4, "local_conditioning": True, "sink_mask": 0.5}


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def spoken(generator):
    """With the parts that are silent before training made to speak."""
    for parameter in generator.parameters():
        if not parameter.any():
            nn.init.normal_(parameter, std=0.3)
    return generator


@pytest.fixture(params=["masked-ar", "flow"])
def generator(request):
    torch.manual_seed(0)
    return spoken(new_generator(PLAIN.model_copy(update={"family": request.param, **PARTS}))).eval()


@pytest.fixture
def inputs(generator):
    """Of the family's transformer, for two sequences of which the second is two latents and one word shorter."""
    valid, words_mask = torch.ones(2, LENGTH, dtype=torch.bool), torch.ones(2, WORDS, dtype=torch.bool)
    valid[1, -2:] = words_mask[1, -1:] = False
    masked = isinstance(generator, MaskedFlowGenerator)
    known = {"known": torch.rand(2, LENGTH, generator=seeded(2)) < 0.5} if masked else {}
    time = {} if masked else {"time": torch.rand(2, generator=seeded(5))}
    words = torch.randn(2, WORDS, PLAIN.width, generator=seeded(3))
    latents = torch.randn(2, LENGTH, PLAIN.latent_width, generator=seeded(1))
    return {"latents": latents, **known, **time, "valid": valid, "words": words, "words_mask": words_mask}


def test_what_stands_under_padding_does_not_leak(generator, inputs):
    expected = generator.transformer(**inputs)
    wild = {name: tensor.clone() for name, tensor in inputs.items()}
    wild["latents"][~inputs["valid"]] = 1e3
    wild["words"][~inputs["words_mask"]] = -1e3
    found = generator.transformer(**wild)
    assert torch.equal(found[inputs["valid"]], expected[inputs["valid"]])


def test_attention_sums_to_one_on_words_alone_and_looking_changes_nothing(generator, inputs):
    heard = []
    looked = generator.transformer(**inputs, heard=heard)
    torch.testing.assert_close(looked, generator.transformer(**inputs), atol=1e-5, rtol=1e-5)
    assert [weights.shape for weights in heard] == [(2, 2, LENGTH, WORDS)] * 2
    for weights in heard:
        torch.testing.assert_close(weights.sum(-1), torch.ones(2, 2, LENGTH))
        assert (weights[1, ..., -1] == 0).all()


def test_one_word_is_enough(generator, inputs):
    alone = inputs | {"words_mask": torch.arange(WORDS)[None].repeat(2, 1) == 0}
    audible = generator.audible(alone["words_mask"])
    assert torch.equal(audible, alone["words_mask"])
    heard = []
    found = generator.transformer(**(alone | {"words_mask": audible}), heard=heard)
    assert torch.isfinite(found).all()
    assert all((weights[..., 0] == 1).all() for weights in heard)


def test_every_part_learns(generator):
    generator.train()
    latents = torch.randn(4, LENGTH, PLAIN.latent_width, generator=seeded(1))
    valid, words_mask = torch.ones(4, LENGTH, dtype=torch.bool), torch.ones(4, WORDS, dtype=torch.bool)
    words = torch.randn(4, WORDS, PLAIN.text_width, generator=seeded(2))
    sum(generator(latents, valid, words, words_mask, 2, seeded())).backward()
    for name, parameter in generator.named_parameters():
        assert parameter.grad is not None and parameter.grad.abs().max() > 0, name


class TestLoss:
    """Latents that all are c have v = (x_t − c) / t, whatever the words are."""

    C = 1.7

    class Exact(nn.Module):
        def __init__(self, c, sign):
            super().__init__()
            self.c, self.sign = c, sign

        def forward(self, latents, time, valid, words, words_mask, heard=None):
            return self.sign * (latents - self.c) / time[:, None, None]

    def loss(self, sign, draws=4):
        generator = WholeSequenceGenerator(PLAIN)
        generator.transformer = self.Exact(self.C, sign)
        latents = torch.full((200, LENGTH, PLAIN.latent_width), self.C)
        valid = torch.arange(LENGTH)[None] < torch.randint(1, LENGTH + 1, (200, 1), generator=seeded(9))
        latents[~valid] = 1e6  # padding may not count
        words, mask = torch.randn(200, WORDS, PLAIN.text_width), torch.ones(200, WORDS, dtype=torch.bool)
        return generator(latents, valid, words, mask, draws, seeded(7)).flow.item()

    def test_the_exact_velocity_has_none(self):
        assert self.loss(sign=1.0) < 1e-3

    def test_one_that_looks_the_other_way_in_time_has_four_times_the_variance(self):
        assert self.loss(sign=-1.0) == pytest.approx(4 * (1 + self.C**2), rel=0.06)

    def test_an_untrained_one_is_silent(self):
        generator = WholeSequenceGenerator(PLAIN)
        valid, mask = torch.ones(2, LENGTH, dtype=torch.bool), torch.ones(2, WORDS, dtype=torch.bool)
        latents, words = torch.randn(2, LENGTH, 3), torch.randn(2, WORDS, PLAIN.width)
        assert (generator.transformer(latents, torch.rand(2), valid, words, mask) == 0).all()


def test_the_velocity_depends_on_the_time_of_its_own_sequence():
    generator = spoken(WholeSequenceGenerator(PLAIN)).eval()
    valid, mask = torch.ones(2, LENGTH, dtype=torch.bool), torch.ones(2, WORDS, dtype=torch.bool)
    latents, words = torch.randn(2, LENGTH, 3, generator=seeded(1)), torch.randn(2, WORDS, 16, generator=seeded(2))
    early, late = (
        generator.transformer(latents, torch.tensor([0.9, second]), valid, words, mask) for second in (0.9, 0.1)
    )
    torch.testing.assert_close(early[0], late[0], atol=1e-5, rtol=1e-5)
    assert (early[1] - late[1]).abs().max() > 1e-3


def test_memory_is_a_context_at_no_place():
    """Attention over the own context and memory is attention over both side by side."""
    torch.manual_seed(0)
    attention = Attention(16, 2)
    x, memory = torch.randn(1, 4, 16), torch.randn(3, 16)
    mask = torch.tensor([[True, True, True, False]])
    both = torch.cat([x, memory[None]], dim=1)
    expected = attention(x, both, torch.cat([mask, torch.ones(1, 3, dtype=torch.bool)], dim=1))
    torch.testing.assert_close(attention(x, x, mask, memory=memory), expected)


def test_local_conditioning_reaches_two_latents_and_no_padding():
    local = spoken(LocalConditioning(4))
    heard, valid = torch.randn(1, 9, 4, generator=seeded(1)), torch.arange(9)[None] < 7
    other = heard.clone()
    other[0, 2] += 1.0
    changed = (local(other, valid) - local(heard, valid)).abs().amax(dim=-1)[0] > 0
    assert changed.nonzero().flatten().tolist() == [0, 1, 2, 3, 4]
    other = heard.clone()
    other[0, 7:] = 1e3
    assert torch.equal(local(other, valid)[0, :7], local(heard, valid)[0, :7])


def test_local_conditioning_is_nothing_new_before_training():
    heard, valid = torch.randn(2, 6, 4, generator=seeded(1)), torch.ones(2, 6, dtype=torch.bool)
    assert torch.equal(LocalConditioning(4)(heard, valid), heard)


@pytest.mark.parametrize("part", ["memory_slots", "local_conditioning"])
def test_a_part_that_is_switched_off_has_no_weights(part):
    names = {name for name, _ in new_generator(PLAIN.model_copy(update={"family": "flow"})).named_parameters()}
    more = {
        name
        for name, _ in new_generator(PLAIN.model_copy(update={"family": "flow", part: PARTS[part]})).named_parameters()
    }
    assert names < more
    assert {name.split(".")[3] for name in more - names} == {"memory" if part == "memory_slots" else "local"}
