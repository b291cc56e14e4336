"""What a trained model says of itself in words: its data, its words, how it was measured, and how to use it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from training.data.captions import captions, knows
from training.data.clip import SPLITS
from training.data.shards import Shards

_FRAMES_IN_HOUR = 108_000
_NOTED_WORDS = 60
_PLAIN = {
    *("a", "an", "the", "is", "are", "and", "then", "with", "to", "of", "in", "on", "at", "his", "her", "their", "its"),
    *("person", "someone", "man", "woman", "human", "character", "figure", "while", "as", "it", "they", "he", "she"),
}
_TITLES = {
    "fid": "FID", "r_precision_1": "R@1", "r_precision_2": "R@2", "r_precision_3": "R@3", "mm_dist": "MM-Dist",
    "clip_score": "CLIP-Score", "diversity": "Diversity", "foot_skate_cm_s": "foot skate, cm/s",
    "jerk_m_s3": "jerk, m/s³", "penetration_cm": "in the ground, cm", "joint_limits_percent": "beyond joint limits, %",
}  # fmt: skip


def words_of(shards: Shards) -> Counter[str]:
    """How often each word stands in the captions of the clips."""
    counts: Counter[str] = Counter()
    for row in shards.rows:
        known = captions(row.content, row.style, 8) if knows(row.content, row.style) else ()
        for sentence in row.captions or known:
            counts.update(word.strip(",.").lower() for word in sentence.split())
    return counts


def vocabulary(shards: Shards) -> str:
    """The words that the clips taught, the most frequent first."""
    words = [word for word, _ in words_of(shards).most_common() if word and word not in _PLAIN]
    return f"Words of its clips: {', '.join(words[:_NOTED_WORDS])}."


def model_card(name: str, license_name: str, shards: Shards, report: Mapping[str, Any], base: str | None) -> str:
    """Markdown. report: as `motionwright evaluate` writes it to report.json."""
    counts = (f"{len(shards.of(split))} {split}" for split in SPLITS)
    hours = sum(row.frames for row in shards.rows) / _FRAMES_IN_HOUR
    origin = f"trained further from `{base}`" if base else "trained from scratch"
    return "\n".join(
        [
            f"# {name}",
            "",
            f"A text-to-motion model for Motionwright, {origin} on {hours:.2f} h of motion capture "
            f"({', '.join(counts)} clips). Licence: {license_name}.",
            "",
            "## What it understands",
            "",
            vocabulary(shards) + " A word that is not among them is a guess.",
            "",
            "## How it was measured",
            "",
            f"`motionwright evaluate`, {report['protocol']}, {report['split']} split, {report['prompts']} prompts, "
            f"{report['repeats']} repeats (mean ± half the 95 % interval); clips: {len(shards.of('test'))}. "
            "Of fewer than a hundred, figures compare models of the same clips, and no others.",
            "",
            *_table(report["rows"]),
            "",
            "## How to use it",
            "",
            "Choose it in the model menu of the prompt window, or start the engine with `motionwright serve --model` "
            "and this folder.",
            "",
        ]
    )


def _table(rows: list[Mapping[str, Any]]) -> list[str]:
    names = [name for name in rows[0] if name != "title" and rows[0][name]["mean"] is not None]
    titles = [_TITLES.get(name, name.replace("_", " ")) for name in names]
    lines = [f"| | {' | '.join(titles)} |", f"| --- |{' --- |' * len(names)}"]
    for row in rows:
        cells = (_cell(row.get(name)) for name in names)
        lines.append(f"| {row['title']} | {' | '.join(cells)} |")
    return lines


def _cell(estimate: Mapping[str, float | None] | None) -> str:
    if estimate is None or estimate["mean"] is None:
        return "–"
    interval = "" if estimate["half_width"] is None else f" ± {estimate['half_width']:.3f}"
    return f"{estimate['mean']:.3f}{interval}"
