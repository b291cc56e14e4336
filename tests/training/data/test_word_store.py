"""The store of token embeddings: by encoder and sentence, bounded, whole after any end."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch

from engine.errors import UserError
from training.data.word_store import WordStore
from training.models.text import encoder_fingerprint


def words(length, value=1.0, width=4):
    return torch.full((length, width), value, dtype=torch.float16)


def test_what_was_put_in_comes_out(tmp_path):
    random = torch.Generator().manual_seed(0)
    kept = {f"sentence {n}": torch.randn(n % 7 + 1, 5, generator=random).half() for n in range(1200)}
    WordStore(tmp_path / "deep" / "words.sqlite").add("an encoder", kept)
    found = WordStore(tmp_path / "deep" / "words.sqlite").read("an encoder", [*kept, "a stranger"])
    assert found.keys() == kept.keys()
    assert all(torch.equal(found[sentence], tensor) for sentence, tensor in kept.items())


def test_each_encoder_has_its_own(tmp_path):
    store = WordStore(tmp_path / "words.sqlite")
    store.add("one", {"walk": words(2, 1.0)})
    store.add("two", {"walk": words(3, 2.0)})
    assert store.read("one", ["walk"])["walk"].shape == (2, 4)
    assert store.read("two", ["walk"])["walk"].shape == (3, 4)
    assert store.read("three", ["walk"]) == {}


def test_beyond_its_bound_it_forgets_what_was_not_asked_for_longest(tmp_path):
    sentence_bytes = 4 + 2 * 2 * 4
    store = WordStore(tmp_path / "words.sqlite", limit_bytes=3 * sentence_bytes)
    for sentence in ("a", "b", "c"):
        store.add("encoder", {sentence: words(2)})
    store.read("encoder", ["a"])
    store.add("encoder", {"d": words(2)})
    assert sorted(store.read("encoder", ["a", "b", "c", "d"])) == ["a", "c", "d"]


def test_a_damaged_store_is_begun_anew(tmp_path):
    path = tmp_path / "words.sqlite"
    path.write_bytes(b"this was never a database, though it is long enough for a header" * 40)
    store = WordStore(path)
    assert store.read("encoder", ["walk"]) == {}
    store.add("encoder", {"walk": words(2)})
    assert list(store.read("encoder", ["walk"])) == ["walk"]


def test_several_may_write_at_once(tmp_path):
    """Each of them through a connection of its own, which is what the file's lock knows."""
    path = tmp_path / "words.sqlite"

    def put(number):
        for n in range(20):
            WordStore(path).read("encoder", ["0 0"])
            WordStore(path).add("encoder", {f"{number} {n}": words(2, number)})

    with ThreadPoolExecutor(3) as threads:
        list(threads.map(put, range(3)))
    sentences = [f"{number} {n}" for number in range(3) for n in range(20)]
    found = WordStore(path).read("encoder", sentences)
    assert len(found) == 60
    assert all(float(found[sentence][0, 0]) == int(sentence.split()[0]) for sentence in sentences)


def test_an_encoder_is_known_by_its_files(text_encoder, tmp_path):
    copied = shutil.copytree(text_encoder, tmp_path / "copy")
    same = encoder_fingerprint(str(text_encoder))
    assert encoder_fingerprint(str(copied)) == same
    embeddings = tmp_path / "embeddings.safetensors"
    embeddings.write_bytes(b"rows")
    assert encoder_fingerprint(str(copied), embeddings) != same
    weights = bytearray((copied / "model.safetensors").read_bytes())
    weights[-1] ^= 1
    (copied / "model.safetensors").write_bytes(weights)
    assert encoder_fingerprint(str(copied)) != same
    assert encoder_fingerprint("google-t5/t5-small") != encoder_fingerprint("google-t5/t5-base")


def test_embeddings_that_are_not_there_are_a_sentence(text_encoder, tmp_path):
    with pytest.raises(UserError, match=r"nowhere.* can't be read: .*\.$"):
        encoder_fingerprint(str(text_encoder), tmp_path / "nowhere")
