"""The prior and the attention against numbers worked out by hand, and what they find once they are trained."""

import math

import pytest
import torch

from training.word_embeddings.localization import Localization, attention_prior
from training.word_embeddings.losses import self_decoupling

VALID = torch.tensor([[True] * 6, [True] * 4 + [False] * 2])
STARTS, ENDS = torch.tensor([0, 2]), torch.tensor([4, 4])


def prior(kind):
    return attention_prior(kind, STARTS, ENDS, VALID)


def test_the_segments_bell_has_its_centre_and_half_its_length_for_width():
    bell = prior("segment")
    assert bell[0, 1] == bell[0, 2] == pytest.approx(math.exp(-0.5 * (0.5 / 2) ** 2))
    assert bell[0, 5] == pytest.approx(math.exp(-0.5 * (3.5 / 2) ** 2))
    assert bell[1, 2] == bell[1, 3] == pytest.approx(math.exp(-0.5 * 0.5**2))
    assert bell[1, 4:].tolist() == [0.0, 0.0]


def test_the_other_priors():
    assert prior("none").sum() == 0.0
    assert prior("binary").tolist() == [[1, 1, 1, 1, 0, 0], [0, 0, 1, 1, 0, 0]]
    full = prior("full")
    assert full[0, 2] == full[0, 3] == pytest.approx(math.exp(-0.5 * (0.5 / 3) ** 2))
    assert full[1, 0] == full[1, 3] == pytest.approx(math.exp(-0.5 * (1.5 / 2) ** 2))


def test_attention_is_the_softmax_of_word_times_scaled_frames():
    """One head of width 2 with identities for all projections: scores are q · (1 + 3 P) f / √2."""
    localization = Localization(width=2, heads=1, prior_strength=3.0)
    with torch.no_grad():
        for layer in (localization.query, localization.key, localization.value, localization.out):
            layer.weight.copy_(torch.eye(2))
            if layer.bias is not None:
                layer.bias.zero_()
    frames = torch.tensor([[[1.0, 0.0], [0.0, 1.0], [5.0, 5.0]]])
    feature, weights = localization(
        torch.tensor([[1.0, 2.0]]), frames, torch.tensor([[1.0, 0.5, 1.0]]), torch.tensor([[True, True, False]])
    )
    first, second = math.exp(4.0 / math.sqrt(2)), math.exp(2.5 * 2.0 / math.sqrt(2))
    share = first / (first + second)
    assert weights[0].tolist() == pytest.approx([share, 1 - share, 0.0])
    assert feature[0].tolist() == pytest.approx([share, 1 - share])


WIDTH, WORDS, STEPS = 16, 6, 12


def motions(words, random):
    """Frames that each of the words (B, 2) fills half of, after one another, as a vector of its own beside noise."""
    of_word = torch.randn(WORDS, WIDTH, generator=torch.Generator().manual_seed(5))
    halves = of_word[words].repeat_interleave(STEPS // 2, dim=1)
    return halves + 0.3 * torch.randn(halves.shape, generator=random)


def test_trained_words_look_at_their_own_half_of_two_joined_actions():
    """Trained by L_self on which of two actions a word means; then asked in joined motions that it has not seen."""
    random = torch.Generator().manual_seed(0)
    torch.manual_seed(0)
    localization, prototypes = Localization(WIDTH, 2, 4.0), torch.nn.Parameter(torch.randn(WORDS, WIDTH))
    embeddings = torch.nn.Embedding(WORDS, WIDTH)
    optimizer = torch.optim.Adam([*localization.parameters(), prototypes, *embeddings.parameters()], lr=1e-2)
    half = STEPS // 2

    def shares(size):
        words = torch.rand(size, WORDS, generator=random).argsort(dim=1)[:, :2]
        asked = torch.randint(2, (size,), generator=random)
        own = words.gather(1, asked[:, None])[:, 0]
        valid = torch.ones(size, STEPS, dtype=torch.bool)
        bell = attention_prior("segment", asked * half, asked * half + half, valid)
        feature, weights = localization(embeddings(own), motions(words, random), bell, valid)
        loss = self_decoupling(feature, own, prototypes, 0.1)
        return loss, weights.unflatten(1, (2, half)).sum(dim=2).gather(1, asked[:, None])

    for _ in range(150):
        loss, _ = shares(64)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    with torch.no_grad():
        _, found = shares(200)
    assert found.mean() >= 0.85
