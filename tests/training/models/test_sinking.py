"""Attention that sinks: the mask that keeps it from the start token, and the figures of it, by hand."""

from __future__ import annotations

import pytest
import torch

from training.config import GeneratorConfig
from training.models.generator import new_generator
from training.models.sinking import sink_ratio, start_hidden, sunk_share

MASK = torch.tensor([[1, 1, 1, 1], [1, 1, 0, 0], [1, 0, 0, 0]], dtype=torch.bool)


def test_the_start_token_is_hidden_but_from_a_text_of_one_token():
    hidden = torch.tensor([[0, 1, 1, 1], [0, 1, 0, 0], [1, 0, 0, 0]], dtype=torch.bool)
    assert torch.equal(start_hidden(MASK), hidden)


def test_it_is_hidden_from_the_chosen_texts_alone():
    found = start_hidden(MASK, torch.tensor([False, True, True]))
    assert found[:, 0].tolist() == [True, False, True]
    assert torch.equal(found[:, 1:], MASK[:, 1:])


def test_both_figures_by_hand():
    """Two layers, one head, three latents, the last one padding; the weights on the start are 0.2, 0.4 and 0.1, 0.9."""
    valid = torch.tensor([[True, True, False]])
    layers = [
        torch.tensor([[[[0.2, 0.8], [0.4, 0.6], [1.0, 0.0]]]]),
        torch.tensor([[[[0.1, 0.9], [0.9, 0.1], [1.0, 0.0]]]]),
    ]
    assert float(sink_ratio(layers, valid)) == pytest.approx((0.2 + 0.4 + 0.1 + 0.9) / 4)
    assert float(sunk_share(layers, valid)) == pytest.approx(2 / 4)


@pytest.mark.parametrize("family", ["masked-ar", "flow"])
class TestGenerator:
    @staticmethod
    def generator(family, sink_mask):
        torch.manual_seed(0)
        return new_generator(
            GeneratorConfig(family=family, text_width=8, width=16, depth=1, heads=2, adapter_depth=1, flow_depth=1,
                            flow_width=16, sink_mask=sink_mask)
        )  # fmt: skip

    def test_in_training_it_is_hidden_as_often_as_configured(self, family):
        mask = torch.ones(4000, 5, dtype=torch.bool)
        found = self.generator(family, 0.3).train().audible(mask, torch.Generator().manual_seed(0))
        assert float((~found[:, 0]).float().mean()) == pytest.approx(0.3, abs=0.03)
        assert found[:, 1:].all()

    def test_in_sampling_and_validation_it_always_is(self, family):
        generator = self.generator(family, 0.3).eval()
        for found in (generator.audible(MASK), generator.audible(MASK, torch.Generator())):
            assert torch.equal(found, start_hidden(MASK))

    def test_switched_off_nothing_is_hidden_and_nothing_drawn(self, family):
        random = torch.Generator().manual_seed(0)
        state = random.get_state()
        assert self.generator(family, 0.0).train().audible(MASK, random) is MASK
        assert torch.equal(random.get_state(), state)
