"""The published evaluators of Guo et al. (2022), for HumanML3D-263, and of MARDM, the same networks for 67 features.

    a folder            as the projects' archive `t2m` unpacks
      text_mot_match/model/finest.tar
      Comp_v6_KLD01/meta/mean.npy, std.npy     Guo et al.
      eval_mean.npy, eval_std.npy              MARDM: from its repository, put beside text_mot_match
      glove/                                   the published word vectors, see `published_words`

Motion passes two strided convolutions, then a recurrent network in both directions; words pass another one.
MARDM's CLIP-Score has a network of its own, which is not read: here it is the cosine in the space that it ranks in.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from engine.errors import UserError
from engine.motion.motion import Motion
from training.evaluation.config import Protocol
from training.evaluation.evaluator import Points
from training.evaluation.published_words import GloveWords, Tagger
from training.evaluation.representations import REPRESENTATIONS
from training.evaluation.retrieval import Similarity
from training.evaluation.safe_loading import load_tensors

CHECKPOINT = Path("text_mot_match") / "model" / "finest.tar"
_MOST_FRAMES = 196
_FRAMES_PER_MOVEMENT = 4
_SLOPE = 0.2

Tensors = Mapping[str, Tensor]


class Movements(nn.Module):
    """Normalized features (1, N, C) to movements (1, N / 4, W)."""

    def __init__(self, channels: int, hidden: int, width: int) -> None:
        super().__init__()
        self.main = nn.Sequential(
            nn.Conv1d(channels, hidden, 4, 2, 1), nn.Identity(), nn.LeakyReLU(_SLOPE),
            nn.Conv1d(hidden, width, 4, 2, 1), nn.Identity(), nn.LeakyReLU(_SLOPE),
        )  # fmt: skip
        self.out_net = nn.Linear(width, width)

    def forward(self, features: Tensor) -> Tensor:
        movements: Tensor = self.out_net(self.main(features.transpose(1, 2)).transpose(1, 2))
        return movements


class BothWays(nn.Module):
    """A sequence (1, L, C) to a point (1, D), heard in both directions; as one projection published them."""

    def __init__(self, channels: int, hidden: int, width: int) -> None:
        super().__init__()
        self.input_emb = nn.Linear(channels, hidden)
        self.gru = nn.GRU(hidden, hidden, batch_first=True, bidirectional=True)
        self.output_net = nn.Sequential(
            nn.Linear(2 * hidden, hidden), nn.LayerNorm(hidden), nn.LeakyReLU(_SLOPE), nn.Linear(hidden, width)
        )
        self.hidden = nn.Parameter(torch.zeros(2, 1, hidden))

    def forward(self, sequence: Tensor) -> Tensor:
        _, last = self.gru(self.input_emb(sequence), self.hidden)
        point: Tensor = self.output_net(last.transpose(0, 1).flatten(1))
        return point


class WordsBothWays(BothWays):
    """The same of words, to which their parts of speech are added."""

    def __init__(self, channels: int, parts: int, hidden: int, width: int) -> None:
        super().__init__(channels, hidden, width)
        self.pos_emb = nn.Linear(parts, channels)

    def of(self, vectors: Tensor, parts: Tensor) -> Tensor:
        point: Tensor = self(vectors + self.pos_emb(parts))
        return point


class RecurrentEvaluator:
    """The evaluator in a user's folder; the published preprocessing is part of it."""

    similarity: Similarity = "euclidean"

    def __init__(self, folder: Path, tagger: Tagger | None = None) -> None:
        """UserError where something is missing, damaged, or holds more than tensors. tagger: see `GloveWords`."""
        checkpoint = folder / CHECKPOINT
        state = load_tensors(checkpoint)
        try:
            self._movements, self._motion, self._text = _networks(state)
        except (KeyError, RuntimeError, AttributeError) as error:
            reason = str(error).splitlines()[0]
            raise UserError(f"{checkpoint} is not of a published evaluator: {reason}.") from error
        self._channels = self._movements.main[0].in_channels
        self.protocol: Protocol = "mardm-67" if self._channels == 67 else "tmr-263"
        self._representation = REPRESENTATIONS[self.protocol]
        if self._channels not in (67, 259):
            raise UserError(f"{checkpoint} looks at {self._channels} features; give an evaluator of 259 or 67.")
        self._mean, self._std = _statistics(folder, self._representation.width)
        self._words = GloveWords(folder / "glove", tagger)
        self.name = f"{self.protocol}, published ({'MARDM' if self._channels == 67 else 'Guo et al. 2022'})"
        self.fingerprint = hashlib.sha256(checkpoint.read_bytes()).hexdigest()

    @torch.inference_mode()
    def embed_motions(self, motions: Sequence[Motion]) -> Points:
        """(n, D), of the first 9.8 s of each."""
        return np.array([self._embedded(motion) for motion in motions], dtype=np.float64)

    @torch.inference_mode()
    def embed_captions(self, captions: Sequence[str]) -> Points:
        """(n, D)."""
        points = {caption: self._read(caption) for caption in sorted(set(captions))}
        return np.array([points[caption] for caption in captions], dtype=np.float64)

    def _embedded(self, motion: Motion) -> Points:
        features = (self._representation.features(motion) - self._mean) / self._std
        whole = max(1, min(len(features), _MOST_FRAMES) // _FRAMES_PER_MOVEMENT)
        frames = whole * _FRAMES_PER_MOVEMENT
        # Published batches are zero up to 196 frames, and the last movement sees one of these zeros.
        padded = np.zeros((_MOST_FRAMES, self._channels), np.float32)
        padded[: min(frames, len(features))] = features[:frames, : self._channels]
        movements = self._movements(torch.from_numpy(padded)[None])
        return self._motion(movements[:, :whole])[0].numpy()

    def _read(self, caption: str) -> Points:
        vectors, parts = self._words.read(caption)
        return self._text.of(torch.from_numpy(vectors)[None], torch.from_numpy(parts)[None])[0].numpy()


def is_recurrent(path: Path) -> bool:
    """Whether `path` looks like the folder of such a download."""
    return (path / CHECKPOINT).is_file()


def _networks(state: Mapping[str, Any]) -> tuple[Movements, BothWays, WordsBothWays]:
    """Networks of the sizes that the published tensors have."""
    movement, motion, text = (state[f"{name}_encoder"] for name in ("movement", "motion", "text"))
    hidden, channels, _ = movement["main.0.weight"].shape
    movements = Movements(channels, hidden, len(movement["out_net.weight"]))
    both = BothWays(motion["input_emb.weight"].shape[1], len(motion["input_emb.weight"]), _out(motion))
    words, parts = text["pos_emb.weight"].shape
    texts = WordsBothWays(words, parts, len(text["input_emb.weight"]), _out(text))
    for network, tensors in ((movements, movement), (both, motion), (texts, text)):
        network.load_state_dict(tensors)
        network.eval()
    return movements, both, texts


def _out(tensors: Tensors) -> int:
    return len(tensors["output_net.3.weight"])


def _statistics(folder: Path, width: int) -> tuple[np.ndarray, np.ndarray]:
    """Mean and std, (C,) each, of what the network looks at."""
    pairs = [
        (folder / "eval_mean.npy", folder / "eval_std.npy"),
        *((path, path.with_name("std.npy")) for path in sorted(folder.glob("*/meta/mean.npy"))),
    ]
    found = next((pair for pair in pairs if all(path.is_file() for path in pair)), None)
    if found is None:
        raise UserError(f"{folder} lacks the features' statistics: Comp_v6_KLD01/meta/mean.npy and std.npy.")
    mean, std = (np.load(path, allow_pickle=False) for path in found)
    if mean.shape != std.shape or mean.ndim != 1 or len(mean) < width:
        raise UserError(f"{found[0]} is not for features of {width} numbers; give the statistics of this evaluator.")
    return mean[:width], std[:width]
