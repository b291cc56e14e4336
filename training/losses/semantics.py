"""What draws a latent to the meaning of its frames: class tokens, their filter, L_sem (MoLingo, section 3.1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from training.data.labels import FrameLabel

_LATENTS_BEFORE = 4


class LabelAverages(NamedTuple):
    """average: (B, l, D_text), zero where no label holds. labeled: (B, l), True where one does."""

    average: Tensor
    labeled: Tensor


def frames_seen(latent: int, frames_per_latent: int) -> tuple[int, int]:
    """Frames [start, end) whose labels make the class token of a latent: the h that it owns and 4h before them."""
    return max(latent - _LATENTS_BEFORE, 0) * frames_per_latent, (latent + 1) * frames_per_latent


def label_averages(
    labels: Sequence[Sequence[FrameLabel]], sentences: Mapping[str, Tensor], latents: int, frames_per_latent: int
) -> LabelAverages:
    """The labels of B windows of `latents` latents, averaged over the frames that each latent sees.

    sentences: text → (D_text,). A label counts as often as it has frames there, and frames may have several labels.
    """
    flat = [(window, label) for window, own in enumerate(labels) for label in own]
    width = len(next(iter(sentences.values())))
    sums, counts = torch.zeros(len(labels), latents, width), torch.zeros(len(labels), latents)
    if flat:
        windows = torch.tensor([window for window, _ in flat])
        starts, ends = torch.tensor([(label.start, label.end) for _, label in flat]).T[..., None]  # (K, 1) each
        seen = torch.tensor([frames_seen(latent, frames_per_latent) for latent in range(latents)])
        frames = (torch.minimum(ends, seen[:, 1]) - torch.maximum(starts, seen[:, 0])).clamp(min=0).float()  # (K, l)
        embedded = torch.stack([sentences[label.text] for _, label in flat])
        sums.index_add_(0, windows, frames[..., None] * embedded[:, None])
        counts.index_add_(0, windows, frames)
    return LabelAverages(sums / counts.clamp(min=1.0)[..., None], counts > 0)


def counted(class_tokens: Tensor, labeled: Tensor, repetition: float) -> Tensor:
    """I: (B, l), the labeled latents i but those where cos(κ_i, κ_{i−1}) exceeds τ, `repetition`.

    Else the long stretches of one label would draw the whole space to a few points.
    """
    cosine = functional.cosine_similarity(class_tokens[:, 1:].float(), class_tokens[:, :-1].float(), dim=-1)
    repeated = (cosine > repetition) & labeled[:, :-1]
    return labeled & ~functional.pad(repeated, (1, 0))


def alignment_loss(latents: Tensor, class_tokens: Tensor) -> Tensor:
    """L_sem = 1/|I| · Σ (1 − cos(m_i, κ_i)) over rows (|I|, d); 0 where there are none."""
    cosine = functional.cosine_similarity(latents.float(), class_tokens.float(), dim=-1)
    return (1.0 - cosine).sum() / max(len(latents), 1)


def contrast_loss(latents: Tensor, class_tokens: Tensor, temperature: float) -> Tensor:
    """The paper's ablation: symmetric InfoNCE of rows (|I|, d), each the other's only match; 0 where there are none."""
    rows, columns = functional.normalize(latents.float(), dim=-1), functional.normalize(class_tokens.float(), dim=-1)
    similarity = rows @ columns.T / temperature
    targets = torch.arange(len(latents), device=latents.device)
    both = functional.cross_entropy(similarity, targets, reduction="sum")
    both = both + functional.cross_entropy(similarity.T, targets, reduction="sum")
    return 0.5 * both / max(len(latents), 1)
