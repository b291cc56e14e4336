"""Batches: functions of seed and step, mirrored with their captions, rare contents more often than their number."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
import torch

from engine.motion import ms272
from training.config import DataConfig
from training.data.batches import ClipSampler
from training.data.captions import captions, mirrored_caption
from training.data.shards import ClipRow, Shards

DATA = DataConfig(archive="a", shards="s", captions_per_label=8)


@pytest.fixture(scope="module")
def sampler(shards):
    return ClipSampler(shards, shards.of("train"), DATA)


def matches(sampler, shards, window):
    """(clip, start, mirrored) of every stretch of the training split that the normalized features are."""
    mean, std = shards.normalization
    for row in shards.of("train"):
        clip = shards.clip_features(row)
        for mirrored in (False, True):
            normalized = ((ms272.mirrored(clip) if mirrored else clip) - mean) / std
            for start in range(len(clip) - len(window) + 1):
                if np.allclose(normalized[start : start + len(window)], window, atol=1e-5):
                    yield row, start, mirrored


def test_windows_are_stretches_of_training_clips_half_of_them_mirrored(sampler, shards):
    windows = sampler.windows(40, 16, np.random.default_rng(0))
    assert windows.shape == (40, 16, ms272.WIDTH)
    found = [list(matches(sampler, shards, window)) for window in windows.numpy()]
    assert all(found)
    assert 8 < sum(mirrored for (_, _, mirrored), *_ in found) < 32


def test_windows_come_from_clips_that_are_long_enough(sampler, shards):
    windows = sampler.windows(30, 88, np.random.default_rng(0))
    names = {row.name for window in windows.numpy() for row, _, _ in matches(sampler, shards, window)}
    assert names == {row.name for row in shards.of("train") if row.frames >= 88}


def test_the_same_seed_and_group_give_the_same_batches(sampler):
    first, again = sampler.captioned_batches(4, 5, 2), sampler.captioned_batches(4, 5, 2)
    assert len(first) == 8
    for one, other in zip(first, again, strict=True):
        assert torch.equal(one.features, other.features)
        assert one.captions == other.captions
    for different in (sampler.captioned_batches(4, 6, 2), sampler.captioned_batches(4, 5, 3)):
        assert [batch.captions for batch in different] != [batch.captions for batch in first]


def test_captions_fit_the_motion_also_when_mirrored(sampler, shards):
    sides = Counter()
    for batch in sampler.captioned_batches(6, 0, 0):
        for features, valid, caption in zip(batch.features.numpy(), batch.valid_latents, batch.captions, strict=True):
            frames = 4 * int(valid.sum())
            row, _, mirrored = next(matches(sampler, shards, features[:frames]))
            own = {text for style in (True, False) for text in captions(row.content, row.style, 8, style)}
            assert caption in ({mirrored_caption(text) for text in own} if mirrored else own)
            sides[mirrored] += 1
    assert min(sides.values()) > 8


def test_padding_is_zero_and_marked(sampler):
    padded = 0
    for batch in sampler.captioned_batches(6, 1, 0):
        frames = batch.valid_latents.repeat_interleave(4, dim=1)
        assert frames.shape == batch.features.shape[:2]
        assert (batch.features[~frames] == 0).all()
        assert (batch.features[frames].abs().amax(dim=-1) > 0).all()
        assert batch.valid_latents[:, 0].all()
        assert batch.valid_latents.any(dim=0).all()  # no wider than its longest
        padded += int((~frames).any())
    assert padded


def test_no_motion_is_longer_than_the_limit(shards):
    short = ClipSampler(shards, shards.of("train"), DATA.model_copy(update={"max_seconds": 1.7}))
    assert {batch.features.shape[1] for batch in short.captioned_batches(6, 0, 0)} <= {48}


def test_every_caption_that_a_batch_gives_is_foretold(sampler):
    known = set(sampler.all_captions())
    assert sampler.all_captions() == sorted(known)
    assert sampler.all_captions()[0] == ""
    for group in range(6):
        for batch in sampler.captioned_batches(8, 0, group):
            assert set(batch.captions) <= known


@pytest.mark.parametrize(("balance", "share"), [(0.0, 0.1), (0.5, 0.25), (1.0, 0.5)])
def test_rare_contents_come_more_often(balance, share):
    """One bow beside nine walks: weights n^−balance, so bows are 1 / (1 + 9·9^−balance) of what is drawn."""
    rows = [ClipRow(f"c{n}", "bow" if n == 0 else "walk", "normal", 20 * n, 20, 0, 0) for n in range(10)]
    features = np.repeat(np.arange(10, dtype=np.float32), 20)[:, None] * np.ones(ms272.WIDTH, np.float32)
    shards = Shards(features, tuple(rows), "made")
    sampler = ClipSampler(shards, rows, DATA.model_copy(update={"balance": balance}))
    mean, std = shards.normalization
    windows = sampler.windows(4000, 8, np.random.default_rng(0)).numpy() * std + mean
    height = windows[:, 0, ms272.SLICES["joint_positions"]][:, 1]  # the same mirrored
    assert np.mean(np.abs(height) < 0.01) == pytest.approx(share, abs=0.03)


def test_a_style_that_no_one_means_who_does_not_say_so_is_always_told(shards):
    """With plain captions for all other clips, “a person walks” is none of a cartoon's walk."""
    rows = [replace(row, style="cartoon", captions=()) for row in shards.of("train")]
    drawn = ClipSampler(shards, rows, DATA.model_copy(update={"caption_without_style": 1.0})).captioned_batches(8, 0, 0)
    told = {caption for row in rows for caption in captions(row.content, "cartoon", 8)}
    told |= {mirrored_caption(caption) for caption in told}
    assert {caption for batch in drawn for caption in batch.captions} <= told


def test_no_clips_to_draw_from_is_a_sentence(shards):
    from engine.errors import UserError

    with pytest.raises(UserError, match=r"\.$"):
        ClipSampler(shards, shards.of("test"), DATA)
    with pytest.raises(UserError, match=r"500 frames.*\.$"):
        ClipSampler(shards, shards.of("train"), DATA).windows(4, 500, np.random.default_rng(0))
