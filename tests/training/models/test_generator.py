"""The masked rectified-flow generator: its mask's statistics, its loss in closed form, and what may not leak."""

from __future__ import annotations

import math

import pytest
import torch
from torch import nn

from training.config import GeneratorConfig
from training.models.attention import sinusoid
from training.models.flow_head import FlowHead
from training.models.masked import MaskedFlowGenerator, draw_mask

CONFIG = GeneratorConfig(
    latent_width=3, text_width=10, width=16, depth=2, heads=2, adapter_depth=1, flow_depth=1, flow_width=16
)
LENGTH, WORDS = 9, 5


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.fixture
def generator():
    torch.manual_seed(0)
    model = MaskedFlowGenerator(CONFIG)
    nn.init.normal_(model.transformer.mask_token)
    return model.eval()


@pytest.fixture
def inputs():
    """Two sequences, the second two latents and one word shorter."""
    valid, words_mask = torch.ones(2, LENGTH, dtype=torch.bool), torch.ones(2, WORDS, dtype=torch.bool)
    valid[1, -2:] = words_mask[1, -1:] = False
    return {
        "latents": torch.randn(2, LENGTH, CONFIG.latent_width, generator=seeded(1)),
        "known": torch.rand(2, LENGTH, generator=seeded(2)) < 0.5,
        "valid": valid,
        "words": torch.randn(2, WORDS, CONFIG.width, generator=seeded(3)),
        "words_mask": words_mask,
    }


def padded(inputs, latents=0, words=0):
    """The same inputs with more padding, of wild values."""

    def longer(tensor, more, value):
        return torch.cat([tensor, torch.full((2, more, *tensor.shape[2:]), value, dtype=tensor.dtype)], dim=1)

    return {
        "latents": longer(inputs["latents"], latents, 77.0),
        "known": longer(inputs["known"], latents, True),
        "valid": longer(inputs["valid"], latents, False),
        "words": longer(inputs["words"], words, -55.0),
        "words_mask": longer(inputs["words_mask"], words, False),
    }


class TestMask:
    VALID = torch.arange(12)[None] < torch.arange(1, 13)[:, None]  # rows of 1 to 12 latents

    def test_at_least_one_valid_latent_and_no_padding(self):
        for seed in range(200):
            mask = draw_mask(self.VALID, seeded(seed))
            assert (mask.sum(dim=1) >= 1).all()
            assert not (mask & ~self.VALID).any()

    def test_as_many_as_the_cosine_says(self):
        """E⌈l·cos(πu/2)⌉ over u ~ U(0,1): for l = 10 the sum of P(cos > k/10), k = 0..9, P(cos > c) = 2/π·arccos c."""
        counts = draw_mask(torch.ones(40_000, 10, dtype=torch.bool), seeded()).sum(dim=1)
        above = [2 / math.pi * math.acos(k / 10) for k in range(10)]
        assert float(counts.float().mean()) == pytest.approx(sum(above), abs=0.06)
        for k in range(10):
            assert float((counts > k).float().mean()) == pytest.approx(above[k], abs=0.015)

    def test_every_latent_alike_and_independent_of_its_neighbor(self):
        mask = draw_mask(torch.ones(40_000, 10, dtype=torch.bool), seeded()).float()
        share = mask.mean(dim=0)
        assert float(share.max() - share.min()) < 0.02
        pairs = (mask[:, :-1] * mask[:, 1:]).mean(dim=0)
        counts = mask.sum(dim=1)
        assert float(pairs.mean()) == pytest.approx(float((counts * (counts - 1) / 90).mean()), abs=0.01)

    def test_the_same_generator_gives_the_same_mask(self):
        assert torch.equal(draw_mask(self.VALID, seeded(3)), draw_mask(self.VALID, seeded(3)))
        assert not torch.equal(draw_mask(self.VALID, seeded(3)), draw_mask(self.VALID, seeded(4)))


class ExactHead(nn.Module):
    """The velocity where all latents are c: x_t = (1 − t)·c + t·ε, so v = ε − c = (x_t − c) / t."""

    def __init__(self, c, sign=1.0):
        super().__init__()
        self.c, self.sign = c, sign
        self.guess = nn.Linear(CONFIG.width, CONFIG.latent_width)

    def forward(self, noisy, time, conditions):
        return self.sign * (noisy - self.c) / time[:, None]


class TestLoss:
    C = 1.7

    def loss(self, generator, draws=4, rows=64):
        latents = torch.full((rows, LENGTH, CONFIG.latent_width), self.C)
        valid = torch.arange(LENGTH)[None] < torch.randint(1, LENGTH + 1, (rows, 1), generator=seeded(9))
        latents[~valid] = 1e6  # padding may not count
        words = torch.randn(rows, WORDS, CONFIG.text_width, generator=seeded(8))
        words_mask = torch.ones(rows, WORDS, dtype=torch.bool)
        return generator(latents, valid, words, words_mask, draws, seeded(7)).flow.item()

    def test_a_perfect_head_has_none(self, generator):
        generator.flow_head = ExactHead(self.C)
        assert self.loss(generator) < 1e-5

    def test_a_head_that_looks_the_other_way_in_time_has_four_times_the_variance(self, generator):
        """E‖−(ε − c) − (ε − c)‖² = 4·(1 + c²): the sign of time is what the engine's sampler takes it for."""
        generator.flow_head = ExactHead(self.C, sign=-1.0)
        assert self.loss(generator) == pytest.approx(4 * (1 + self.C**2), rel=0.06)

    def test_an_untrained_head_gives_nothing_so_the_loss_is_1_plus_c_squared(self, generator):
        assert self.loss(generator) == pytest.approx(1 + self.C**2, rel=0.06)

    @pytest.mark.parametrize("draws", [1, 4])
    def test_every_masked_latent_is_drawn_so_often(self, generator, draws):
        heard = []
        handle = generator.flow_head.register_forward_hook(lambda _module, inputs, _out: heard.append(inputs))
        self.loss(generator, draws)
        handle.remove()
        ((noisy, time, conditions),) = heard
        assert len(noisy) == len(time) == len(conditions)
        assert len(noisy) % draws == 0
        pieces = conditions.chunk(draws)
        assert all(torch.equal(piece, pieces[0]) for piece in pieces)
        assert time.unique().numel() == len(time)

    def test_all_three_parts_learn(self, generator):
        nn.init.normal_(generator.flow_head.out.weight)
        for block in generator.flow_head.blocks:
            nn.init.normal_(block.modulation.weight, std=0.1)
        nn.init.normal_(generator.flow_head.modulation.weight, std=0.1)
        latents = torch.randn(4, LENGTH, CONFIG.latent_width, generator=seeded(1))
        valid, words_mask = torch.ones(4, LENGTH, dtype=torch.bool), torch.ones(4, WORDS, dtype=torch.bool)
        words = torch.randn(4, WORDS, CONFIG.text_width, generator=seeded(2))
        losses = generator(latents, valid, words, words_mask, 2, seeded())
        (losses.flow + losses.guess).backward()
        for name, parameter in generator.named_parameters():
            assert parameter.grad is not None and parameter.grad.abs().max() > 0, name


class TestTransformer:
    def test_padding_does_not_leak(self, generator, inputs):
        expected = generator.transformer(**inputs)
        found = generator.transformer(**padded(inputs, latents=6, words=4))
        torch.testing.assert_close(found[:, :LENGTH][inputs["valid"]], expected[inputs["valid"]], rtol=1e-5, atol=1e-5)

    def test_what_stands_under_padding_does_not_leak(self, generator, inputs):
        expected = generator.transformer(**inputs)
        wild = {name: tensor.clone() for name, tensor in inputs.items()}
        wild["latents"][~inputs["valid"]] = 1e3
        wild["words"][~inputs["words_mask"]] = -1e3
        found = generator.transformer(**wild)
        assert torch.equal(found[inputs["valid"]], expected[inputs["valid"]])

    def test_unknown_latents_are_not_read(self, generator, inputs):
        expected = generator.transformer(**inputs)
        other = inputs | {"latents": torch.where(inputs["known"][..., None], inputs["latents"], 1e3)}
        assert torch.equal(generator.transformer(**other), expected)

    def test_known_latents_are_read_by_all(self, generator, inputs):
        expected = generator.transformer(**inputs)
        row, place = next(iter(inputs["known"].nonzero().tolist()))
        latents = inputs["latents"].clone()
        latents[row, place] += 1.0
        moved = (generator.transformer(**(inputs | {"latents": latents})) - expected).abs().amax(dim=-1)
        assert (moved[row] > 1e-6).all()
        assert (moved[1 - row] == 0).all()

    def test_words_are_read(self, generator, inputs):
        expected = generator.transformer(**inputs)
        other = inputs | {"words": inputs["words"].roll(1, dims=0)}
        assert ((generator.transformer(**other) - expected).abs().amax(dim=-1) > 1e-6).all()

    def test_both_ends_are_known_by_their_place(self, generator, inputs):
        """With nothing known and one word, only the places tell latents apart; and a longer motion ends differently."""
        blind = inputs | {
            "known": torch.zeros(2, LENGTH, dtype=torch.bool),
            "words": inputs["words"][:1].repeat(2, 1, 1),
            "words_mask": torch.ones(2, WORDS, dtype=torch.bool),
        }
        conditions = generator.transformer(**blind)
        distances = torch.cdist(conditions[0], conditions[0]) + torch.eye(LENGTH)
        assert distances.min() > 1e-3
        shorter = int(inputs["valid"][1].sum())
        assert ((conditions[0, :shorter] - conditions[1, :shorter]).abs().amax(dim=-1) > 1e-4).all()


class TestAdapter:
    def test_padding_does_not_leak(self, generator):
        words = torch.randn(2, WORDS, CONFIG.text_width, generator=seeded(1))
        mask = torch.ones(2, WORDS, dtype=torch.bool)
        mask[1, 3:] = False
        expected = generator.adapter(words, mask)
        wild = torch.where(mask[..., None], words, 1e3)
        assert torch.equal(generator.adapter(wild, mask)[mask], expected[mask])
        torch.testing.assert_close(
            generator.adapter(words[1:, :3], mask[1:, :3]), expected[1:, :3], rtol=1e-5, atol=1e-5
        )


class TestFlowHead:
    def test_rows_are_independent(self, generator):
        head = FlowHead(CONFIG)
        nn.init.normal_(head.out.weight)
        noisy, time = torch.randn(8, 3, generator=seeded(1)), torch.rand(8, generator=seeded(2))
        conditions = torch.randn(8, CONFIG.width, generator=seeded(3))
        whole = head(noisy, time, conditions)
        for row in range(8):
            torch.testing.assert_close(head(noisy[row : row + 1], time[row : row + 1], conditions[row : row + 1]),
                                       whole[row : row + 1], rtol=1e-4, atol=1e-5)  # fmt: skip

    def test_an_untrained_head_is_silent(self):
        assert (FlowHead(CONFIG)(torch.randn(4, 3), torch.rand(4), torch.randn(4, CONFIG.width)) == 0).all()


def test_sinusoids_at_zero_and_their_slowest_and_fastest_wave():
    found = sinusoid(torch.tensor([0.0, 1.0]), 8, longest=1000.0)
    torch.testing.assert_close(found[0], torch.tensor([0.0] * 4 + [1.0] * 4))
    frequencies = [1.0, 1000**-0.25, 1000**-0.5, 1000**-0.75]
    expected = [math.sin(f) for f in frequencies] + [math.cos(f) for f in frequencies]
    torch.testing.assert_close(found[1], torch.tensor(expected))
