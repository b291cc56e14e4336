"""The words that a bundle's model has learnt: an optional file of the bundle, for who helps a user to write prompts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.bundle.fields import Fields
from engine.errors import UserError

VOCABULARY_FILE = "vocabulary.json"
MOST_WORDS = 20_000
MOST_EXAMPLES = 100
_LONGEST_WORD, _LONGEST_EXAMPLE = 64, 300
_LARGEST_COUNT = 2**53 - 1


@dataclass(frozen=True)
class Vocabulary:
    """counts: how many captions of the training have each word, in lower case. examples: some of those captions.

    Both are empty where a bundle says nothing about its words.
    """

    counts: Mapping[str, int] = field(default_factory=dict)
    examples: tuple[str, ...] = ()

    def to_text(self) -> str:
        """The content of the file: the commonest words first."""
        ordered = dict(sorted(self.counts.items(), key=lambda entry: (-entry[1], entry[0])))
        return json.dumps({"words": ordered, "examples": list(self.examples)}, ensure_ascii=False, indent=0) + "\n"

    @classmethod
    def parse(cls, content: bytes, source: str) -> Vocabulary:
        """The vocabulary in a file's content; UserError, naming `source`, where it is none."""
        try:
            fields = Fields.parse(content.decode("utf-8"), source)
        except UnicodeDecodeError as error:
            raise UserError(f"{source} is not UTF-8 text; export the bundle again.") from error
        counts, examples = fields.mapping("words"), fields.texts("examples")
        fields.finished()
        words_fit = len(counts) <= MOST_WORDS and all(0 < len(word) <= _LONGEST_WORD for word in counts)
        if not words_fit or not all(type(count) is int and 0 < count <= _LARGEST_COUNT for count in counts.values()):
            raise UserError(f"{source} needs “words” as a count for each word; export the bundle again.")
        if len(examples) > MOST_EXAMPLES or not all(0 < len(text) <= _LONGEST_EXAMPLE for text in examples):
            raise UserError(f"{source} needs “examples” as at most {MOST_EXAMPLES} sentences; export the bundle again.")
        return cls(counts, examples)
