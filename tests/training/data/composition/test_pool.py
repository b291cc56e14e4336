"""Composites of the made corpus: functions of their seed, of training clips alone, and in batches by their share."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from engine.errors import UserError
from engine.motion import ms272
from training.config import DataConfig
from training.data.bandai_namco import read_archive
from training.data.batches import ClipSampler
from training.data.composition.composer import Composer
from training.data.composition.pool import composites_of
from training.data.shards import prepare

MAX_FRAMES = 90


@pytest.fixture(scope="module")
def folder(made_archive, tmp_path_factory):
    folder = tmp_path_factory.mktemp("composed")
    prepare(made_archive, folder, read_archive)
    return folder


@pytest.fixture(scope="module")
def made_shards(made_archive, folder):
    return prepare(made_archive, folder, read_archive)


@pytest.fixture(scope="module")
def config(folder):
    return DataConfig(
        archive="a", shards=folder, max_seconds=3.0, composed_share=0.5, composites=24, captions_per_composite=2
    )


@pytest.fixture(scope="module")
def pool(made_shards, config):
    return composites_of(made_shards, config)


@pytest.fixture(scope="module")
def composer(made_shards):
    return Composer(made_shards, made_shards.of("train"), MAX_FRAMES, 2)


def test_a_composite_is_a_function_of_its_seed(composer):
    seeds = [seed for seed in range(8) if composer.composite(seed)]
    for seed in seeds:
        one, again = composer.composite(seed), composer.composite(seed)
        assert one.captions == again.captions
        assert np.array_equal(one.features, again.features)
    assert len({composer.composite(seed).captions for seed in seeds}) > 3


def test_they_fit_the_model_and_are_motions(composer):
    for made in filter(None, map(composer.composite, range(16))):
        assert len(made.features) % 4 == 0
        assert 48 <= len(made.features) <= MAX_FRAMES
        assert np.isfinite(made.features).all()
        again = ms272.encode(ms272.decode(made.features))
        assert again[1:] == pytest.approx(made.features[1:], abs=1e-4)


def test_no_clips_make_no_composite(made_shards):
    assert Composer(made_shards, [], MAX_FRAMES, 2).composite(0) is None


def test_the_pool_is_made_once(made_shards, config, pool):
    def never(_):
        raise AssertionError("composites were made again")

    again = composites_of(made_shards, config, never)
    assert again.rows == pool.rows
    assert 16 < len(pool.rows) <= 24
    assert all(row.captions for row in pool.rows)


def test_two_processes_make_the_same_pool(made_shards, config, pool, tmp_path):
    import shutil

    for name in ("features.npy", "index.json"):
        shutil.copy(config.shards / name, tmp_path / name)
    other = composites_of(made_shards, config.model_copy(update={"shards": tmp_path}), workers=2)
    assert other.rows == pool.rows
    assert np.array_equal(other.features, pool.features)


def test_a_share_of_nothing_makes_none(made_shards, config):
    assert composites_of(made_shards, config.model_copy(update={"composed_share": 0.0})) is None


def test_clips_that_offer_nothing_are_a_sentence(made_shards, config, tmp_path, monkeypatch):
    monkeypatch.setattr(Composer, "composite", lambda *_: None)
    with pytest.raises(UserError, match=r"composed_share = 0.*\.$"):
        composites_of(made_shards, config.model_copy(update={"composites": 3}))


def test_batches_hold_their_share_and_no_more(made_shards, config, pool):
    composed = {caption for row in pool.rows for caption in row.captions}
    composed |= {caption.replace("left", "?").replace("right", "left").replace("?", "right") for caption in composed}
    sampler = ClipSampler(made_shards, made_shards.of("train"), config, pool)
    told = [
        caption for group in range(8) for batch in sampler.captioned_batches(8, 0, group) for caption in batch.captions
    ]
    assert np.mean([caption in composed for caption in told]) == pytest.approx(0.5, abs=0.1)
    assert set(told) <= set(sampler.all_captions())
    validation = ClipSampler(made_shards, made_shards.of("validation"), config)
    assert not set(validation.all_captions()) & composed


@pytest.mark.parametrize("is_steady", [True, False])
def test_what_goes_on_is_seen_in_stretches_of_any_length_and_the_rest_whole(made_shards, config, pool, is_steady):
    rows = [replace(row, event_end=0 if is_steady else row.frames) for row in pool.rows]
    sampler = ClipSampler(made_shards, made_shards.of("train"), config, replace(pool, rows=rows))
    frames, seen = {row.name: row.frames for row in rows}, []
    for batch in (batch for group in range(8) for batch in sampler.captioned_batches(8, 0, group)):
        pairs = zip(batch.names, batch.valid_latents, strict=True)
        seen += [4 * int(valid.sum()) / frames[name] for name, valid in pairs if name in frames]
    assert max(seen) == 1.0
    assert (min(seen) < 0.8) == is_steady
