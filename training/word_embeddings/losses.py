"""What MATE trains with (designs 3 and 4): words told from one another, and from what else is in the motion."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional


def self_decoupling(features: Tensor, words: Tensor, prototypes: Tensor, temperature: float) -> Tensor:
    """L_self: −log softmax over the K prototypes of cos(f_i, p_k) / τ at the word's own; a scalar.

    features: (B, D) of words (B,), indices into prototypes (K, D).
    """
    cosines = functional.normalize(features, dim=-1) @ functional.normalize(prototypes, dim=-1).T
    return functional.cross_entropy(cosines / temperature, words)


def cross_decoupling(own: Tensor, of_absent_word: Tensor, in_other_motion: Tensor, counts: Tensor) -> Tensor:
    """L_cross: mean of |cos(f^{m_i}_{w_i}, f^{m_i}_{w_j})| + |cos(f^{m_i}_{w_i}, f^{m_j}_{w_i})|; a scalar.

    own: (B, D). of_absent_word: of word w_j, which is absent from motion i, in motion i. in_other_motion: of word w_i
    in motion j, from which it is absent. counts: (B,) False where there is no such pair; 0 where there is none at all.
    """
    first, second = (
        functional.cosine_similarity(own, other, dim=-1).abs() for other in (of_absent_word, in_other_motion)
    )
    return ((first + second) * counts).sum() / counts.sum().clamp(min=1)


def pairs_of_absent(words: Tensor, present: Tensor, random: torch.Generator) -> tuple[Tensor, Tensor]:
    """For each row i a partner j (B,) such that neither has the other's word, and whether (B,) there is one.

    words: (B,) asked for in each motion. present: (B, K), which words are said of each motion.
    """
    is_said = present[:, words]  # (i, j): word j is said of motion i
    suits = ~(is_said | is_said.T)
    chance = torch.rand(suits.shape, generator=random, device=suits.device)
    return (chance * suits).argmax(dim=1), suits.any(dim=1)


def alignment(embeddings: Tensor, features: Tensor, words: Tensor, temperature: float) -> Tensor:
    """L_align: symmetric InfoNCE between projected word embeddings and their motion features (B, D); a scalar.

    Another example of the same word (B,) is neither pulled nor pushed.
    """
    cosines = functional.normalize(embeddings, dim=-1) @ functional.normalize(features, dim=-1).T / temperature
    same = words[:, None] == words[None, :]
    own = torch.eye(len(words), dtype=torch.bool, device=words.device)
    cosines = cosines.masked_fill(same & ~own, float("-inf"))
    target = torch.arange(len(words), device=words.device)
    return 0.5 * (functional.cross_entropy(cosines, target) + functional.cross_entropy(cosines.T, target))
