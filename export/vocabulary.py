"""The words that a model has learnt, from the captions that its training drew from."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path

from engine.bundle.vocabulary import MOST_EXAMPLES, VOCABULARY_FILE, Vocabulary
from training.config import DataConfig
from training.data.captions import captions as captions_of
from training.data.composition.pool import composites_of
from training.data.shards import ClipRow, open_shards
from training.word_embeddings.examples import all_captions

_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")


def write_vocabulary(data: DataConfig, folder: Path) -> None:
    """Write `vocabulary.json` into a bundle's folder. UserError where the shards of the training are gone."""
    shards = open_shards(data.shards)
    composites = composites_of(shards, data)
    rows, composed = shards.of("train"), composites.rows if composites is not None else ()
    vocabulary = Vocabulary(counted(all_captions(rows, composed, data)), examples_of(rows))
    (folder / VOCABULARY_FILE).write_text(vocabulary.to_text(), encoding="utf-8", newline="\n")


def counted(captions: Sequence[str]) -> dict[str, int]:
    """How many captions have each word, in lower case."""
    return dict(Counter(word for caption in captions for word in set(_WORD.findall(caption.lower()))))


def examples_of(rows: Sequence[ClipRow]) -> tuple[str, ...]:
    """A plain caption for each thing that is done, those with the most clips first."""
    by_content: dict[str, list[ClipRow]] = defaultdict(list)
    for row in rows:
        by_content[row.content].append(row)
    commonest = sorted(by_content.values(), key=len, reverse=True)
    return tuple(dict.fromkeys(_plainest(same) for same in commonest))[:MOST_EXAMPLES]


def _plainest(rows: Sequence[ClipRow]) -> str:
    first = rows[0]
    own = [caption for row in rows for caption in row.captions]
    known = own or captions_of(first.content, first.style, 64, with_style=False)
    return min(known, key=lambda text: (not text.startswith("a person "), len(text), text))
