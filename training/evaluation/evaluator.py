"""An evaluator as it is used: motions and captions in, points of one space out. And its file.

The file is safetensors: the encoders' weights in float16, the statistics of the features, and, as metadata, the
settings of the networks.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol as Interface

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import ValidationError
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor

from engine.errors import UserError
from engine.files import written_whole
from engine.motion.motion import Motion
from training.evaluation.config import EvaluatorConfig, Protocol
from training.evaluation.representations import REPRESENTATIONS
from training.evaluation.retrieval import Similarity
from training.models.evaluator import EvaluatorModel
from training.models.text import TextEncoder

Points = NDArray[np.float64]
"""(n, D): one embedding a row."""

_FORMAT = "motionwright-evaluator/1"
_LARGEST_BYTES = 2**30
_BATCH = 64
_OWN = Path(__file__).parent / "evaluators"


class Evaluator(Interface):
    """What judges: two encoders into one space.

    name: for reports. fingerprint: changes with the weights. protocol: whose features it looks at. similarity: by which
    it ranks.
    """

    name: str
    fingerprint: str
    protocol: Protocol
    similarity: Similarity

    def embed_motions(self, motions: Sequence[Motion]) -> Points: ...

    def embed_captions(self, captions: Sequence[str]) -> Points: ...


class OwnEvaluator:
    """An evaluator of `motionwright train evaluator`, on the CPU."""

    similarity: Similarity = "cosine"

    def __init__(
        self, model: EvaluatorModel, mean: Tensor, std: Tensor, text_encoder: str, name: str, fingerprint: str
    ) -> None:
        self.name, self.fingerprint, self.protocol = name, fingerprint, model.config.protocol
        self._model, self._mean, self._std = model.eval(), mean.numpy(), std.numpy()
        self._representation = REPRESENTATIONS[model.config.protocol]
        self._text_encoder_name, self._text_encoder = text_encoder, None

    @property
    def network(self) -> tuple[EvaluatorModel, NDArray[np.float32], NDArray[np.float32]]:
        """The encoders, and the mean and std (F,) of the features that they look at."""
        return self._model, self._mean, self._std

    @torch.inference_mode()
    def embed_motions(self, motions: Sequence[Motion]) -> Points:
        """(n, D); a motion shorter than one patch of frames counts as still for the rest of it."""
        features = [self._normalized(motion) for motion in motions]
        patch = self._model.config.frames_per_patch
        points = np.zeros((len(features), self._model.config.embedding_width))
        by_length = np.argsort([len(array) for array in features], kind="stable")
        for start in range(0, len(features), _BATCH):
            rows = by_length[start : start + _BATCH]
            longest = max(len(features[row]) for row in rows)
            padded = np.zeros((len(rows), longest, self._representation.width), dtype=np.float32)
            valid = np.zeros((len(rows), longest // patch), dtype=bool)
            for place, row in enumerate(rows):
                padded[place, : len(features[row])] = features[row]
                valid[place, : len(features[row]) // patch] = True
            points[rows] = self._model.encode_motion(torch.from_numpy(padded), torch.from_numpy(valid)).mean.numpy()
        return points

    @torch.inference_mode()
    def embed_captions(self, captions: Sequence[str]) -> Points:
        """(n, D)."""
        if self._text_encoder is None:
            self._text_encoder = TextEncoder(self._text_encoder_name)
        distinct = sorted(set(captions))
        words, mask = self._text_encoder.encode(distinct)
        points = [
            self._model.encode_text(words[rows].float(), mask[rows]).mean.numpy()
            for rows in torch.arange(len(distinct)).split(_BATCH)
        ]
        place = {caption: row for row, caption in enumerate(distinct)}
        return np.concatenate(points)[[place[caption] for caption in captions]].astype(np.float64)

    def _normalized(self, motion: Motion) -> NDArray[np.float32]:
        """(N', F), N' a multiple of the patch: what is over is cut off."""
        features = (self._representation.features(motion) - self._mean) / self._std
        patch = self._model.config.frames_per_patch
        if len(features) < patch:
            features = np.pad(features, ((0, patch - len(features)), (0, 0)), mode="edge")
        return features[: len(features) // patch * patch]


def save_evaluator(
    path: Path, model: EvaluatorModel, mean: NDArray[np.float32], std: NDArray[np.float32], text_encoder: str
) -> None:
    """Write the encoders and the features' mean and std (F,)."""
    tensors = {f"model.{name}": tensor.detach().half().contiguous() for name, tensor in model.state_dict().items()}
    tensors |= {"mean": torch.from_numpy(mean), "std": torch.from_numpy(std)}
    metadata = {"format": _FORMAT, "config": model.config.model_dump_json(), "text_encoder": text_encoder}
    with written_whole(path) as temporary:
        save_file(tensors, temporary, metadata=metadata)


def load_evaluator(path: Path) -> OwnEvaluator:
    """Read `save_evaluator`'s file; UserError where there is none, or another."""
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
        if metadata.get("format") != _FORMAT or path.stat().st_size > _LARGEST_BYTES:
            raise UserError(f"{path} is no evaluator of this version; train one with `motionwright train evaluator`.")
        model = EvaluatorModel(EvaluatorConfig.model_validate(json.loads(metadata["config"])))
        tensors = load_file(path)
        weights = {name.removeprefix("model."): tensor.float() for name, tensor in tensors.items() if "." in name}
        model.load_state_dict(weights)
    except (OSError, SafetensorError, RuntimeError, KeyError, ValueError, ValidationError) as error:
        raise UserError(f"{path} is not a readable evaluator: {str(error).splitlines()[0]}.") from error
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    name = f"{model.config.protocol}, own ({path.stem})"
    return OwnEvaluator(model, tensors["mean"], tensors["std"], metadata["text_encoder"], name, digest)


def own_evaluator(protocol: Protocol) -> OwnEvaluator:
    """The evaluator that comes with the project; UserError where there is none for the protocol."""
    path = _OWN / f"{protocol}.safetensors"
    if not path.is_file():
        raise UserError(
            f"There is no evaluator for {protocol}: train one with `motionwright train evaluator evaluator-{protocol}` "
            "and give its file with --evaluator."
        )
    return load_evaluator(path)
