"""Captions as the evaluators of Guo et al. (2022) read them: GloVe vectors and parts of speech, word by word.

The vectors lie as published: `our_vab_data.npy`, and the pickles `our_vab_words.pkl` and `our_vab_idx.pkl`, of which
nothing but lists, dictionaries, texts and numbers is opened.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.errors import UserError

Tagged = Sequence[tuple[str, str]]
"""Words with their parts of speech, as spaCy names them."""

Tagger = Callable[[str], Tagged]

MOST_WORDS = 20
_LARGEST_BYTES = 2**30

_PARTS = ("VERB", "NOUN", "DET", "ADP", "NUM", "AUX", "PRON", "ADJ", "ADV", "place", "body", "thing", "act", "manner",
          "OTHER")  # fmt: skip
_KINDS = {
    "place": "left right clockwise counterclockwise anticlockwise forward back backward up down straight curve",
    "body": "arm chin foot feet face hand mouth leg waist eye knee shoulder thigh",
    "thing": "stair dumbbell chair window floor car ball handrail baseball basketball",
    "act": "walk run swing pick bring kick put squat throw hop dance jump turn stumble stop sit lift lower raise wash "
           "stand kneel stroll rub bend balance flap jog shuffle lean rotate spin spread climb",
    "manner": "slowly carefully fast careful slow quickly happy angry sad happily angrily sadly",
}  # fmt: skip
"""Words that the published evaluators know by what they are about, whatever their part of speech."""
_KIND_OF = {word: kind for kind, words in _KINDS.items() for word in words.split()}


class GloveWords:
    """Words to numbers; `tagger` is spaCy's small English model, as published, unless another one is given."""

    def __init__(self, folder: Path, tagger: Tagger | None = None) -> None:
        """UserError where a file is missing or holds something else."""
        try:
            vectors = np.load(folder / "our_vab_data.npy", allow_pickle=False)
            words, places = (_plain_pickle(folder / f"our_vab_{name}.pkl") for name in ("words", "idx"))
            self._vectors = {word: vectors[places[word]].astype(np.float32) for word in words}
            self._unknown = self._vectors["unk"]
        except (OSError, ValueError, KeyError, IndexError, TypeError) as error:
            raise UserError(f"{folder} does not hold the published word vectors: {error}.") from error
        self._tagger = tagger

    def read(self, caption: str) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Vectors (L, 300) and parts of speech (L, 15) of a caption's first twenty words, its begin and end marked."""
        if self._tagger is None:
            self._tagger = published_tagger()
        tagged = [("sos", "OTHER"), *list(self._tagger(caption))[:MOST_WORDS], ("eos", "OTHER")]
        vectors = np.stack([self._vectors.get(word, self._unknown) for word, _ in tagged])
        parts = np.zeros((len(tagged), len(_PARTS)), np.float32)
        for row, (word, part) in enumerate(tagged):
            known = _KIND_OF.get(word, part) if word in self._vectors else "OTHER"
            parts[row, _PARTS.index(known if known in _PARTS else "OTHER")] = 1.0
        return vectors, parts


def published_tagger() -> Tagger:
    """Lemmas of nouns and verbs, other words as they stand, but for what is no word; UserError without it."""
    try:
        import spacy  # type: ignore[import-not-found]

        language = spacy.load("en_core_web_sm")
    except (ImportError, OSError) as error:
        raise UserError(
            "This evaluator needs spaCy's English: `pip install spacy && python -m spacy download en_core_web_sm`."
        ) from error

    def tagged(caption: str) -> Tagged:
        tokens = [token for token in language(caption.replace("-", "")) if token.text.isalpha()]
        return [(_published_form(token), token.pos_) for token in tokens]

    return tagged


def _published_form(token: Any) -> str:
    is_inflected = token.pos_ in ("NOUN", "VERB") and token.text != "left"
    return str(token.lemma_ if is_inflected else token.text)


class _PlainUnpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        raise pickle.UnpicklingError(f"it names {module}.{name}")


def _plain_pickle(path: Path) -> Any:
    if path.stat().st_size > _LARGEST_BYTES:
        raise UserError(f"{path} is too large for a list of words; download it again.")
    try:
        with path.open("rb") as file:
            return _PlainUnpickler(file).load()
    except (pickle.UnpicklingError, EOFError, AttributeError) as error:
        raise UserError(f"{path} holds more than words and numbers, which is not opened: {error}.") from error
