"""Published evaluators from a user's own download: TMR's for HumanML3D-263 and MotionStreamer's for MS-272.

Both are two encoders of the ACTOR kind (Petrovich et al. 2021) over a frozen DistilBERT. Read here are the weights'
names and shapes as those projects publish them; nothing but tensors is unpickled. The evaluators of Guo et al. and of
MARDM are other networks: see `published_recurrent`.

    TMR             a folder with motion_encoder.pt, text_encoder.pt, mean.pt, std.pt
    MotionStreamer  a folder with one *.ckpt, Mean.npy, Std.npy

Beside them lies the text encoder: `distilbert-base-uncased/`, a folder as transformers reads it.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from engine.errors import UserError
from engine.motion.motion import Motion
from training.evaluation.config import Protocol
from training.evaluation.evaluator import Evaluator, Points
from training.evaluation.published_recurrent import RecurrentEvaluator, is_recurrent
from training.evaluation.representations import REPRESENTATIONS
from training.evaluation.retrieval import Similarity
from training.evaluation.safe_loading import load_tensors

TEXT_ENCODER = "distilbert-base-uncased"
_HEADS = 4
_MOST_TOKENS = 512

Tensors = Mapping[str, Tensor]


class ActorEncoder(nn.Module):
    """A sequence (1, L, C) to the mean (D,) of its Gaussian: what the first of two tokens in front has heard."""

    def __init__(self, channels: int, width: int, hidden: int, depth: int) -> None:
        super().__init__()
        self.projection = nn.Linear(channels, width)
        self.tokens = nn.Parameter(torch.zeros(2, width))
        layer = nn.TransformerEncoderLayer(width, _HEADS, hidden, activation="gelu", batch_first=True)
        self.layers = nn.TransformerEncoder(layer, depth, enable_nested_tensor=False)

    def forward(self, sequence: Tensor) -> Tensor:
        x = torch.cat([self.tokens[None], self.projection(sequence)], dim=1)
        return self.layers(x + _places(x.shape[1], x.shape[2]))[0, 0]

    @classmethod
    def of(cls, tensors: Tensors, projection: str) -> ActorEncoder:
        """The encoder of published tensors, its size read off their shapes; KeyError or RuntimeError for others.

        projection: the name of the first linear map, which is another in each project.
        """
        weight = tensors[f"{projection}.weight"]
        tokens = tensors.get("tokens")
        if tokens is None:
            tokens = torch.stack([tensors["mu_token"], tensors["logvar_token"]])
        layers = {
            name.removeprefix("seqTransEncoder."): tensor
            for name, tensor in tensors.items()
            if name.startswith("seqTransEncoder.")
        }
        depth = 1 + max(int(name.split(".")[1]) for name in layers)
        model = cls(weight.shape[1], weight.shape[0], layers["layers.0.linear1.weight"].shape[0], depth)
        model.projection.load_state_dict({"weight": weight, "bias": tensors[f"{projection}.bias"]})
        model.layers.load_state_dict(layers)
        model.tokens = nn.Parameter(tokens)
        return model.eval()


@dataclass(frozen=True)
class _Kind:
    """What one project's download is like. rectified: whether words pass a ReLU before their projection."""

    title: str
    protocol: Protocol
    similarity: Similarity
    motion_projection: str
    text_projection: str
    rectified: bool


_TMR = _Kind("TMR", "tmr-263", "cosine", "projection", "projection", rectified=False)
_MOTION_STREAMER = _Kind("MotionStreamer", "ms-272", "euclidean", "skel_embedding", "projection.1", rectified=True)


class PublishedEvaluator:
    """The evaluator in a user's folder; the published preprocessing is part of it."""

    def __init__(self, folder: Path) -> None:
        """UserError where something is missing, damaged, or holds more than tensors."""
        self._kind = _TMR if (folder / "motion_encoder.pt").is_file() else _MOTION_STREAMER
        try:
            motion, text, mean, std, self.fingerprint = _read(folder, self._kind)
            self._motion = ActorEncoder.of(motion, self._kind.motion_projection)
            self._text = ActorEncoder.of(text, self._kind.text_projection)
            self._language, self._tokenizer = _language_model(folder / TEXT_ENCODER, text)
        except (KeyError, RuntimeError, ValueError, OSError) as error:
            reason = str(error).splitlines()[0]
            raise UserError(f"{folder} is not the download of a published evaluator: {reason}.") from error
        self._mean, self._std = mean, std
        self.protocol, self.similarity = self._kind.protocol, self._kind.similarity
        self.name = f"{self.protocol}, published ({self._kind.title})"
        self._representation = REPRESENTATIONS[self.protocol]
        if self._motion.projection.in_features != self._representation.width or mean.shape != std.shape:
            raise UserError(f"{folder} is for other features than those of {self.protocol}; give another download.")

    @torch.inference_mode()
    def embed_motions(self, motions: Sequence[Motion]) -> Points:
        """(n, D)."""
        points = []
        for motion in motions:
            features = (self._representation.features(motion) - self._mean) / self._std
            points.append(self._motion(torch.from_numpy(features.astype(np.float32))[None]).numpy())
        return np.array(points, dtype=np.float64)

    @torch.inference_mode()
    def embed_captions(self, captions: Sequence[str]) -> Points:
        """(n, D)."""
        points = {caption: self._embedded(caption) for caption in sorted(set(captions))}
        return np.array([points[caption] for caption in captions], dtype=np.float64)

    def _embedded(self, caption: str) -> Points:
        tokens = self._tokenizer(caption, truncation=True, max_length=_MOST_TOKENS, return_tensors="pt")
        words = self._language(tokens["input_ids"], attention_mask=tokens["attention_mask"]).last_hidden_state
        return self._text(words.relu() if self._kind.rectified else words).numpy()


def open_published(folder: Path) -> Evaluator:
    """The published evaluator in a folder, whichever it is; UserError where it is damaged or lacks something."""
    return RecurrentEvaluator(folder) if is_recurrent(folder) else PublishedEvaluator(folder)


def is_published(path: Path) -> bool:
    """Whether `path` looks like the folder of such a download."""
    return is_recurrent(path) or (path / "motion_encoder.pt").is_file() or any(path.glob("*.ckpt"))


def _read(folder: Path, kind: _Kind) -> tuple[Tensors, Tensors, np.ndarray, np.ndarray, str]:
    """Motion encoder, text encoder, mean and std of the features, fingerprint."""
    if kind is _TMR:
        files = [folder / f"{name}.pt" for name in ("motion_encoder", "text_encoder", "mean", "std")]
        motion, text = load_tensors(files[0]), load_tensors(files[1])
        mean, std = (load_tensors(path)[""].numpy() for path in files[2:])
    else:
        checkpoints = sorted(folder.glob("*.ckpt"))
        if len(checkpoints) != 1:
            raise ValueError("it needs motion_encoder.pt or exactly one .ckpt")
        files = [checkpoints[0], folder / "Mean.npy", folder / "Std.npy"]
        state = load_tensors(files[0])["state_dict"]
        motion, text = _under("motionencoder.", state), _under("textencoder.", state)
        mean, std = (np.load(path, allow_pickle=False) for path in files[1:])
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()
    return motion, text, mean, np.where(std == 0.0, 1.0, std), digest


def _under(prefix: str, tensors: Tensors) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}


def _language_model(folder: Path, text: Tensors) -> tuple[nn.Module, Any]:
    """The frozen DistilBERT; a checkpoint that carries one of its own replaces the folder's weights."""
    from transformers import AutoModel, AutoTokenizer

    if not folder.is_dir():
        raise UserError(f"The text encoder is missing: put {TEXT_ENCODER} into {folder}.")
    model = AutoModel.from_pretrained(str(folder), use_safetensors=True)
    own = _under("text_model.", text)
    if own:
        model.load_state_dict(own)
    return model.requires_grad_(requires_grad=False).eval(), AutoTokenizer.from_pretrained(str(folder))


def _places(length: int, width: int) -> Tensor:
    """Sines and cosines (length, width), interleaved, with wavelengths from 2π to 2π·10,000."""
    place = torch.arange(length, dtype=torch.float32)[:, None]
    frequency = torch.exp(torch.arange(0, width, 2, dtype=torch.float32) * (-math.log(10_000.0) / width))
    return torch.stack([torch.sin(place * frequency), torch.cos(place * frequency)], dim=-1).flatten(1)
