"""The trained networks rearranged for speed: the same functions, less work in every round.

What does not change from round to round is computed before the first: the keys and values of the words come with the
text encoder's words, places are read from tables, and the flow's modulations of all steps are one product. What
remains is arranged in few, large operations.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from training.models.attention import Attention, sinusoid
from training.models.flow_head import FlowHead
from training.models.layers import TextAdapter, TransformerLayer
from training.models.masked import MaskedTransformer
from training.models.text import TextEncoder

_MASKED = -1e4
"""Added to the scores of what may not be seen: e^(−10⁴) is 0 in float32, and no row becomes NaN."""


class TextGraph(nn.Module):
    """Token ids to words as the transformer takes them: for each layer the keys and values of its cross-attention."""

    def __init__(self, encoder: TextEncoder, adapter: TextAdapter, transformer: MaskedTransformer) -> None:
        super().__init__()
        self.encoder, self.adapter = encoder, adapter
        self.key_values = nn.ModuleList(layer.cross_attention.key_value for layer in transformer.layers)

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        """Words (B, L, W), W = 2·D·depth, of ids (B, L)."""
        words = self.adapter(self.encoder(input_ids, attention_mask), attention_mask.bool())
        return torch.cat([key_value(words) for key_value in self.key_values], dim=-1)


class TransformerGraph(nn.Module):
    """`MaskedTransformer` on ready keys and values; gives the attention on the words beside the conditions."""

    def __init__(self, transformer: MaskedTransformer, longest: int) -> None:
        """longest: the most latents of one sequence; places beyond it are not in the tables."""
        super().__init__()
        width = transformer.width
        self.embed, self.norm, self.mask_token = transformer.embed, transformer.norm, transformer.mask_token
        self.layers = nn.ModuleList(_Layer(layer) for layer in transformer.layers)
        places = torch.arange(longest, dtype=torch.float32)
        with torch.no_grad():
            start, end = transformer.place.weight.split(width, dim=1)
            self.register_buffer("from_start", sinusoid(places, width) @ start.T + transformer.place.bias)
            self.register_buffer("to_end", sinusoid(places, width) @ end.T)
        channels = width // transformer.layers[0].self_attention.heads
        frequencies = 100.0 ** (-torch.arange(channels // 2, dtype=torch.float32) / (channels // 2))
        angles = places[:, None] * frequencies
        self.register_buffer("cosines", torch.cat([angles.cos(), angles.cos()], dim=-1))
        self.register_buffer("sines", torch.cat([-angles.sin(), angles.sin()], dim=-1))

    def forward(
        self, latents: Tensor, known: Tensor, valid: Tensor, words: Tensor, words_mask: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Conditions (B, l, D) and attention (B, l, L), the mean over layers and heads of the weights on each word."""
        batch, length = known.shape
        counted = torch.cumsum(valid.to(torch.int64), dim=1)
        start, end = counted - 1, counted[:, -1:] - counted
        x = torch.where(known[..., None], self.embed(latents), self.mask_token) + self.from_start[start]
        x = (x + self.to_end[end]).flatten(0, 1)  # (B·l, D)
        rotation = self.cosines[start][:, None], self.sines[start][:, None]  # (B, 1, l, C)
        unseen = ((1.0 - valid.to(x.dtype)) * _MASKED)[:, None, None, :]
        unheard = ((1.0 - words_mask.to(x.dtype)) * _MASKED)[:, None, None, :]
        maps = []
        for layer, key_value in zip(self.layers, words.chunk(len(self.layers), dim=-1), strict=True):
            x, weights = layer(x, batch, length, rotation, unseen, key_value, unheard)
            maps.append(weights.mean(dim=1))
        conditions = self.norm(x).unflatten(0, (batch, length))
        return conditions, torch.stack(maps).mean(dim=0)


class _Layer(nn.Module):
    """`TransformerLayer` on the latents of all sequences in one matrix (B·l, D)."""

    def __init__(self, layer: TransformerLayer) -> None:
        super().__init__()
        self.heads = layer.self_attention.heads
        self.norm_self, self.norm_cross, self.norm_mlp = layer.norm_self, layer.norm_cross, layer.norm_mlp
        self.query_key_value = _query_key_value(layer.self_attention)
        self.self_out = layer.self_attention.out
        self.cross_query = _scaled(layer.cross_attention.query, layer.cross_attention)
        self.cross_out = layer.cross_attention.out
        self.mlp = layer.mlp

    def forward(
        self,
        x: Tensor,
        batch: int,
        length: int,
        rotation: tuple[Tensor, Tensor],
        unseen: Tensor,
        key_value: Tensor,
        unheard: Tensor,
    ) -> tuple[Tensor, Tensor]:
        """(B·l, D) and the weights (B, H, l, L) of the cross-attention."""
        joint = self.query_key_value(self.norm_self(x)).unflatten(0, (batch, length))
        joint = joint.unflatten(-1, (3 * self.heads, -1)).transpose(1, 2)  # (B, 3H, l, C)
        query_key, value = joint.split((2 * self.heads, self.heads), dim=1)
        query, key = _rotated(query_key, *rotation).chunk(2, dim=1)
        attended, _ = _attend(query, key, value, unseen)
        x = x + self.self_out(attended)
        query = self.cross_query(self.norm_cross(x)).unflatten(0, (batch, length))
        query = query.unflatten(-1, (self.heads, -1)).transpose(1, 2)
        key, value = key_value.unflatten(-1, (2 * self.heads, -1)).transpose(1, 2).chunk(2, dim=1)
        attended, weights = _attend(query, key, value, unheard)
        x = x + self.cross_out(attended)
        return x + self.mlp(self.norm_mlp(x)), weights


def _attend(query: Tensor, key: Tensor, value: Tensor, hidden: Tensor) -> tuple[Tensor, Tensor]:
    """(B·Q, D) and the weights (B, H, Q, K) of queries that are scaled already; `hidden` is added to their scores."""
    weights = torch.softmax(query @ key.transpose(-1, -2) + hidden, dim=-1)
    return (weights @ value).transpose(1, 2).flatten(0, 1).flatten(1), weights


def _rotated(x: Tensor, cosines: Tensor, sines: Tensor) -> Tensor:
    """`training.models.attention.rotated`: (x_1, x_2) ↦ (x_1·cos − x_2·sin, x_2·cos + x_1·sin)."""
    first, second = x.chunk(2, dim=-1)
    return x * cosines + torch.cat([second, first], dim=-1) * sines


@torch.no_grad()
def _scaled(linear: nn.Linear, attention: Attention) -> nn.Linear:
    """The queries' projection with attention's 1/√C in it."""
    factor = (linear.out_features // attention.heads) ** -0.5
    return _linear(linear.weight * factor, linear.bias * factor)


@torch.no_grad()
def _query_key_value(attention: Attention) -> nn.Linear:
    query = _scaled(attention.query, attention)
    weight = torch.cat([query.weight, attention.key_value.weight])
    return _linear(weight, torch.cat([query.bias, attention.key_value.bias]))


def _linear(weight: Tensor, bias: Tensor) -> nn.Linear:
    result = nn.Linear(weight.shape[1], weight.shape[0])
    result.weight, result.bias = nn.Parameter(weight, requires_grad=False), nn.Parameter(bias, requires_grad=False)
    return result


class FlowBeginning(nn.Module):
    """What `FlowHead` computes from condition and time alone, for all steps at once."""

    def __init__(self, head: FlowHead) -> None:
        super().__init__()
        self.time_width = head.time_width
        self.guess, self.condition, self.time = head.guess, head.condition, head.time
        modulations = [*(block.modulation for block in head.blocks), head.modulation]
        with torch.no_grad():
            weight, bias = (torch.cat([getattr(m, name) for m in modulations]) for name in ("weight", "bias"))
        self.modulation = _linear(weight, bias)

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
