"""The words of a bundle: read back as written, refused where they are none, found in the embedded bundle."""

import json
import shutil

import pytest

from engine.bundle import DEFAULT_BUNDLE, Bundle, read_manifest, write_manifest
from engine.bundle.vocabulary import VOCABULARY_FILE, Vocabulary
from engine.errors import UserError

WORDS = Vocabulary({"walks": 3, "grüßt": 7}, ("a person walks",))


def test_it_comes_back_commonest_words_first():
    text = WORDS.to_text()
    assert list(json.loads(text)["words"]) == ["grüßt", "walks"]
    assert Vocabulary.parse(text.encode("utf-8"), "here") == WORDS


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"\xff", "not UTF-8"),
        (b"[]", "JSON object"),
        (b'{"words": {"a": 0}, "examples": []}', "count for each word"),
        (b'{"words": {"a": true}, "examples": []}', "count for each word"),
        (b'{"words": {"": 1}, "examples": []}', "count for each word"),
        (b'{"words": {}, "examples": [""]}', "sentences"),
        (b'{"words": {}, "examples": [], "more": 1}', "more"),
    ],
)
def test_what_is_none_is_refused(content, sentence):
    with pytest.raises(UserError, match=sentence):
        Vocabulary.parse(content, "here")


def test_a_bundle_has_it_only_where_it_lists_it(tmp_path):
    folder = tmp_path / "toy"
    shutil.copytree(DEFAULT_BUNDLE.parents[2] / "tests" / "engine" / "bundle" / "toy", folder)
    assert Bundle(folder, "cpu").vocabulary == Vocabulary()
    (folder / VOCABULARY_FILE).write_text(WORDS.to_text(), encoding="utf-8")
    assert Bundle(folder, "cpu").vocabulary == Vocabulary()
    write_manifest(folder, read_manifest(folder))
    assert Bundle(folder, "cpu").vocabulary == WORDS
    (folder / VOCABULARY_FILE).write_text("{}", encoding="utf-8")
    with pytest.raises(UserError, match=VOCABULARY_FILE):
        Bundle(folder, "cpu")


def test_the_embedded_bundle_knows_what_its_notes_promise():
    words = Bundle(DEFAULT_BUNDLE, "cpu").vocabulary.counts
    assert {"walks", "waving", "bows", "kicks", "tired", "giant", "left", "while"} <= set(words)
    assert {"cartwheel", "squats", "crawls"} <= set(words) and "saxophone" not in words
