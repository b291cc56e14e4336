"""The trained networks rearranged for speed: the same functions, less work in every round.

What does not change from round to round is computed before the first: the keys and values of the words come with the
text encoder's words, those of the memory are constants, places are read from tables, and the flow's modulations of all
steps are one product. What remains is arranged in few, large operations.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from export.layers import Layer, Places, hidden, linear
from training.models.attention import sinusoid
from training.models.flow_head import FlowHead
from training.models.layers import TextAdapter
from training.models.masked import MaskedTransformer
from training.models.sinking import start_hidden
from training.models.text import TextEncoder
from training.models.whole_sequence import FlowTransformer

Transformer = MaskedTransformer | FlowTransformer


class TextGraph(nn.Module):
    """Token ids to words as the transformer takes them: for each layer the keys and values of its cross-attention."""

    def __init__(self, encoder: TextEncoder, adapter: TextAdapter, transformer: Transformer) -> None:
        super().__init__()
        self.encoder, self.adapter = encoder, adapter
        self.key_values = nn.ModuleList(layer.cross_attention.key_value for layer in transformer.layers)

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        """Words (B, L, W), W = 2·D·depth, of ids (B, L)."""
        words = self.adapter(self.encoder(input_ids, attention_mask), attention_mask.bool())
        return torch.cat([key_value(words) for key_value in self.key_values], dim=-1)


class _Stack(nn.Module):
    """The layers of a transformer on ready keys and values, and the attention on the words beside what they give."""

    def __init__(self, transformer: Transformer, longest: int, sink_mask: bool) -> None:
        super().__init__()
        self.sink_mask = sink_mask
        self.places = Places(transformer, longest)
        self.layers = nn.ModuleList(Layer(layer) for layer in transformer.layers)

    def forward(
        self, x: Tensor, valid: Tensor, words: Tensor, words_mask: Tensor, told: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """(B, l, D) of x (B, l, D); and attention (B, l, L), each word's mean weight over layers and heads.

        told: (B, 6, D), what the time does to every layer of the flow family.
        """
        batch, length = valid.shape
        placed, rotation = self.places(valid)
        x = (x + placed).flatten(0, 1)  # (B·l, D)
        unseen = hidden(valid, x.dtype)
        unheard = hidden(start_hidden(words_mask) if self.sink_mask else words_mask, x.dtype)
        maps = []
        for layer, key_value in zip(self.layers, words.chunk(len(self.layers), dim=-1), strict=True):
            x, weights = layer(x, batch, length, rotation, valid, unseen, key_value, unheard, told)
            maps.append(weights.mean(dim=1))
        return x.unflatten(0, (batch, length)), torch.stack(maps).mean(dim=0)


class TransformerGraph(nn.Module):
    """`MaskedTransformer` on ready keys and values; gives the attention on the words beside the conditions."""

    def __init__(self, transformer: MaskedTransformer, longest: int, sink_mask: bool = False) -> None:
        """longest: the most latents of one sequence; places beyond it are not in the tables."""
        super().__init__()
        self.embed, self.norm, self.mask_token = transformer.embed, transformer.norm, transformer.mask_token
        self.stack = _Stack(transformer, longest, sink_mask)

    def forward(
        self, latents: Tensor, known: Tensor, valid: Tensor, words: Tensor, words_mask: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Conditions (B, l, D) and attention (B, l, L), the mean over layers and heads of the weights on each word."""
        x = torch.where(known[..., None], self.embed(latents), self.mask_token)
        x, attention = self.stack(x, valid, words, words_mask)
        return self.norm(x), attention


class VelocityGraph(nn.Module):
    """`FlowTransformer` on ready keys and values; gives the attention on the words beside the velocities."""

    def __init__(self, transformer: FlowTransformer, longest: int, sink_mask: bool) -> None:
        """longest: the most latents of one sequence; places beyond it are not in the tables."""
        super().__init__()
        self.width = transformer.width
        self.embed, self.time, self.modulation = transformer.embed, transformer.time, transformer.modulation
        self.norm, self.last_modulation, self.out = transformer.norm, transformer.last_modulation, transformer.out
        self.stack = _Stack(transformer, longest, sink_mask)

    def forward(
        self, latents: Tensor, times: Tensor, valid: Tensor, words: Tensor, words_mask: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Velocities (B, l, d) at times (B,), and attention (B, l, L) as of `TransformerGraph`."""
        told = self.time(sinusoid(1000.0 * times, self.width))
        modulation = self.modulation(told).unflatten(-1, (6, -1))
        x, attention = self.stack(self.embed(latents), valid, words, words_mask, modulation)
        shift, scale = self.last_modulation(told)[:, None].chunk(2, dim=-1)
        return self.out(self.norm(x) * (1 + scale) + shift), attention


class FlowBeginning(nn.Module):
    """What `FlowHead` computes from condition and time alone, for all steps at once."""

    def __init__(self, head: FlowHead) -> None:
        super().__init__()
        self.time_width = head.time_width
        self.guess, self.condition, self.time = head.guess, head.condition, head.time
        modulations = [*(block.modulation for block in head.blocks), head.modulation]
        with torch.no_grad():
            weight, bias = (torch.cat([getattr(m, name) for m in modulations]) for name in ("weight", "bias"))
        self.modulation = linear(weight, bias)

    @torch.no_grad()
    def put_back(self, head: FlowHead) -> None:
        """Into a head's modulations the one that was made of them here."""
        modulations = [*(block.modulation for block in head.blocks), head.modulation]
        for name in ("weight", "bias"):
            parts = getattr(self.modulation, name).split([m.out_features for m in modulations])
            for modulation, part in zip(modulations, parts, strict=True):
                getattr(modulation, name).copy_(part)

    def forward(self, conditions: Tensor, null_conditions: Tensor, times: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Guesses (2M, d), modulations (S, 2M, E) of E shifts, scales and gates, and lengths (S, 1) of the steps.

        conditions, null_conditions: (M, D) with and without the prompt. times: (S + 1,), falling from 1 to 0.
        """
        both = torch.cat([conditions, null_conditions])
        time = self.time(sinusoid(1000.0 * times[:-1], self.time_width))
        modulations = self.modulation(functional.silu(self.condition(both) + time[:, None]))
        return self.guess(both), modulations, (times[:-1] - times[1:])[:, None]


class FlowStep(nn.Module):
    """One Euler step of `engine.sampling.flow` under guidance, with `FlowHead`'s velocity."""

    def __init__(self, head: FlowHead) -> None:
        super().__init__()
        self.width = head.time_width
        self.embed, self.norm, self.out = head.embed, head.norm, head.out
        self.norms = nn.ModuleList(block.norm for block in head.blocks)
        self.mlps = nn.ModuleList(block.mlp for block in head.blocks)

    def forward(self, latents: Tensor, modulation: Tensor, length: Tensor, guess: Tensor, scale: Tensor) -> Tensor:
        """Latents (M, d) at the step's end from those at its beginning; modulation: (2M, E), length: (1,).

        scale: (M,), w of v_null + w · (v − v_null).
        """
        v, v_null = self._velocity(torch.cat([latents, latents]), guess, modulation).unflatten(0, (2, -1)).unbind()
        return latents - length * (v_null + scale[:, None] * (v - v_null))

    def _velocity(self, noisy: Tensor, guess: Tensor, modulation: Tensor) -> Tensor:
        x = self.embed(torch.cat([noisy, guess, noisy - guess], dim=-1))
        *of_blocks, shift, scale = modulation.split(self.width, dim=-1)
        for i, (norm, mlp) in enumerate(zip(self.norms, self.mlps, strict=True)):
            block_shift, block_scale, gate = of_blocks[3 * i : 3 * i + 3]
            x = x + gate * mlp(norm(x) * (1 + block_scale) + block_shift)
        return self.out(self.norm(x) * (1 + scale) + shift)


class FlowGraph(nn.Module):
    """All flow steps of a round: `beginning`, then `step` once for each."""

    def __init__(self, head: FlowHead) -> None:
        super().__init__()
        self.beginning, self.step = FlowBeginning(head), FlowStep(head)

    def forward(
        self, noise: Tensor, conditions: Tensor, null_conditions: Tensor, scale: Tensor, times: Tensor
    ) -> Tensor:
        """Latents (M, d) from noise (M, d); the other inputs as in `FlowBeginning` and `FlowStep`."""
        guess, modulations, lengths = self.beginning(conditions, null_conditions, times)
        latents = noise
        for modulation, length in zip(modulations, lengths, strict=True):
            latents = self.step(latents, modulation, length, guess, scale)
        return latents
