"""Class tokens, their filter and the two forms of L_sem, on examples small enough to be worked by hand."""

from __future__ import annotations

import math

import pytest
import torch

from training.data.labels import FrameLabel
from training.losses.semantics import alignment_loss, contrast_loss, counted, frames_seen, label_averages

SENTENCES = {"walks": torch.tensor([1.0, 0.0]), "waves": torch.tensor([0.0, 1.0])}


@pytest.mark.parametrize(
    ("latent", "frames_per_latent", "expected"),
    [
        (0, 4, (0, 4)),  # nothing before the window's first frame
        (1, 4, (0, 8)),
        (4, 4, (0, 20)),  # its own four and all sixteen before
        (5, 4, (4, 24)),
        (11, 4, (28, 48)),
        (5, 2, (2, 12)),
        (5, 8, (8, 48)),
    ],
)
def test_a_latent_sees_its_own_frames_and_four_times_as_many_before(latent, frames_per_latent, expected):
    assert frames_seen(latent, frames_per_latent) == expected


def test_labels_are_averaged_by_their_frames():
    """Walks 0–10, waves 6–30; latent 5 sees the frames 4–24: 6 of walking, 18 of waving."""
    labels = [(FrameLabel(0, 10, "walks"), FrameLabel(6, 30, "waves"))]
    average, labeled = label_averages(labels, SENTENCES, latents=12, frames_per_latent=4)
    assert average.shape == (1, 12, 2)
    assert average[0, 0].tolist() == [1.0, 0.0]
    assert average[0, 1].tolist() == pytest.approx([8 / 10, 2 / 10])
    assert average[0, 5].tolist() == pytest.approx([6 / 24, 18 / 24])
    assert average[0, 7].tolist() == [0.0, 1.0]  # frames 12–32
    assert labeled[0].tolist() == [True] * 12  # the last one sees the frames 28–48, two of them labeled
    assert average[0, 11].tolist() == [0.0, 1.0]


def test_a_latent_that_sees_no_label_has_no_class_token():
    labels = [(), (FrameLabel(20, 24, "waves"),)]
    average, labeled = label_averages(labels, SENTENCES, latents=12, frames_per_latent=4)
    assert not labeled[0].any()
    assert not average[0].any()
    assert labeled[1].tolist() == [False] * 5 + [True] * 5 + [False] * 2


def test_windows_without_any_label():
    average, labeled = label_averages([(), ()], SENTENCES, latents=3, frames_per_latent=4)
    assert average.shape == (2, 3, 2)
    assert not labeled.any()


def test_the_filter_drops_what_repeats_its_predecessor():
    """κ turns by 0°, 5°, 6°, 90°; then two that are alike behind one that has no label."""
    angles = torch.deg2rad(torch.tensor([0.0, 0.0, 5.0, 11.0, 101.0, 30.0, 30.0, 30.0]))
    class_tokens = torch.stack([angles.cos(), angles.sin()], dim=-1)[None]
    labeled = torch.tensor([[True, True, True, True, True, False, True, True]])
    found = counted(class_tokens, labeled, repetition=0.995)
    # cos 5° = 0.9962 and cos 0° = 1 are over 0.995, cos 6° = 0.9945 and cos 90° = 0 are not.
    assert found.tolist() == [[True, False, False, True, True, False, True, False]]


def test_the_filter_knows_no_length():
    class_tokens = torch.tensor([[[1.0, 0.0], [100.0, 0.0], [0.0, 1e-3]]])
    assert counted(class_tokens, torch.ones(1, 3, dtype=torch.bool), 0.995).tolist() == [[True, False, True]]


def test_alignment_is_one_minus_the_cosine():
    latents = torch.tensor([[2.0, 0.0], [0.0, 3.0], [1.0, 1.0]])
    class_tokens = torch.tensor([[5.0, 0.0], [0.0, -1.0], [1.0, 0.0]])
    expected = (0.0 + 2.0 + (1.0 - math.sqrt(0.5))) / 3
    assert float(alignment_loss(latents, class_tokens)) == pytest.approx(expected, abs=1e-6)


def test_infonce_of_three_rows_by_hand():
    """Cosines [[1, 0, 0], [0, 1, 0], [0, 1, 0]] at temperature ½: the third latent is another's twin."""
    latents = torch.tensor([[1.0, 0.0, 0.0], [0.0, 2.0, 0.0], [0.0, 1.0, 0.0]])
    class_tokens = torch.tensor([[3.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
    e2 = math.exp(2.0)
    by_row = [-math.log(e2 / (e2 + 2)), -math.log(e2 / (e2 + 2)), -math.log(1 / (e2 + 2))]
    by_column = [-math.log(e2 / (e2 + 2)), -math.log(e2 / (2 * e2 + 1)), -math.log(1 / 3)]
    expected = 0.5 * (sum(by_row) / 3 + sum(by_column) / 3)
    assert float(contrast_loss(latents, class_tokens, temperature=0.5)) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("loss", [alignment_loss, lambda m, k: contrast_loss(m, k, 0.07)])
def test_where_nothing_counts_the_loss_is_zero_and_has_a_gradient(loss):
    latents = torch.zeros(0, 4, requires_grad=True)
    value = loss(latents, torch.zeros(0, 4))
    value.backward()
    assert value.item() == 0.0


def test_descending_the_loss_turns_a_latent_to_its_class_token():
    latents = torch.tensor([[0.0, 1.0]], requires_grad=True)
    class_tokens = torch.tensor([[1.0, 0.2]])
    alignment_loss(latents, class_tokens).backward()
    moved = latents.detach() - 0.1 * latents.grad
    assert float(alignment_loss(moved, class_tokens)) < float(alignment_loss(latents.detach(), class_tokens))
