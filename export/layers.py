"""The layers of a trained transformer rearranged for speed; see `export.inference`."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from training.models.attention import Attention, sinusoid
from training.models.layers import TimedLayer, TransformerLayer
from training.models.masked import MaskedTransformer
from training.models.whole_sequence import FlowTransformer

_MASKED = -1e4
"""Added to the scores of what may not be seen: e^(−10⁴) is 0 in float32, and no row becomes NaN."""


def hidden(mask: Tensor, kind: torch.dtype) -> Tensor:
    """(B, 1, 1, K) what is added to the scores, of mask (B, K)."""
    return ((1.0 - mask.to(kind)) * _MASKED)[:, None, None, :]


class Places(nn.Module):
    """What the transformer knows of the places of latents, in tables."""

    def __init__(self, transformer: MaskedTransformer | FlowTransformer, longest: int) -> None:
        super().__init__()
        width = transformer.width
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

    def forward(self, valid: Tensor) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        """(B, l, D) to be added to the latents, and the rotation of their queries and keys, (B, 1, l, C) both."""
        counted = torch.cumsum(valid.to(torch.int64), dim=1)
        start, end = counted - 1, counted[:, -1:] - counted
        rotation = self.cosines[start][:, None], self.sines[start][:, None]
        return self.from_start[start] + self.to_end[end], rotation


class Layer(nn.Module):
    """`TransformerLayer` or `TimedLayer` on the latents of all sequences in one matrix (B·l, D)."""

    def __init__(self, layer: TransformerLayer) -> None:
        super().__init__()
        self.heads = layer.self_attention.heads
        self.norm_self, self.norm_cross, self.norm_mlp = layer.norm_self, layer.norm_cross, layer.norm_mlp
        self.query_key_value = _query_key_value(layer.self_attention)
        self.self_out = layer.self_attention.out
        self.cross_query = _scaled(layer.cross_attention.query, layer.cross_attention)
        self.cross_out = layer.cross_attention.out
        self.mlp, self.local = layer.mlp, layer.local
        self.table = layer.table if isinstance(layer, TimedLayer) else None
        self.slots = 0 if layer.memory is None else len(layer.memory)
        if layer.memory is not None:
            key, value = _slots(layer)
            self.register_buffer("memory_key", key)
            self.register_buffer("memory_value", value)

    def forward(
        self,
        x: Tensor,
        batch: int,
        length: int,
        rotation: tuple[Tensor, Tensor],
        valid: Tensor,
        unseen: Tensor,
        key_value: Tensor,
        unheard: Tensor,
        told: Tensor | None,
    ) -> tuple[Tensor, Tensor]:
        """(B·l, D) and the weights (B, H, l, L) of the cross-attention. told: (B, 6, D), the time's; or None."""
        parts = None if told is None else (told + self.table).unsqueeze(2).unbind(1)  # six (B, 1, D)
        normed = _modulated(self.norm_self(x), batch, length, None if parts is None else parts[:2])
        seen = self._seen(normed, batch, length, rotation, unseen)
        x = x + _gated(seen, batch, length, None if parts is None else parts[2])
        query = self.cross_query(self.norm_cross(x)).unflatten(0, (batch, length))
        query = query.unflatten(-1, (self.heads, -1)).transpose(1, 2)
        key, value = key_value.unflatten(-1, (2 * self.heads, -1)).transpose(1, 2).chunk(2, dim=1)
        attended, weights = _attend(query, key, value, unheard)
        heard = self.cross_out(attended)
        if self.local is not None:
            heard = self.local(heard.unflatten(0, (batch, length)), valid).flatten(0, 1)
        x = x + heard
        normed = _modulated(self.norm_mlp(x), batch, length, None if parts is None else parts[3:5])
        return x + _gated(self.mlp(normed), batch, length, None if parts is None else parts[5]), weights

    @torch.no_grad()
    def put_back(self, layer: TransformerLayer) -> None:
        """Into a trained layer's attention what was made of it here: the inverse of `__init__`, but for the memory."""
        width, own, other = self.self_out.out_features, layer.self_attention, layer.cross_attention
        for name in ("weight", "bias"):
            query, key_value = getattr(self.query_key_value, name).split((width, 2 * width))
            getattr(own.query, name).copy_(query / _query_scale(own))
            getattr(own.key_value, name).copy_(key_value)
            getattr(other.query, name).copy_(getattr(self.cross_query, name) / _query_scale(other))

    def _seen(self, normed: Tensor, batch: int, length: int, rotation: tuple[Tensor, Tensor], unseen: Tensor) -> Tensor:
        """(B·l, D) what the latents see of each other and of the memory."""
        joint = self.query_key_value(normed).unflatten(0, (batch, length))
        joint = joint.unflatten(-1, (3 * self.heads, -1)).transpose(1, 2)  # (B, 3H, l, C)
        query_key, value = joint.split((2 * self.heads, self.heads), dim=1)
        query, key = _rotated(query_key, *rotation).chunk(2, dim=1)
        if self.slots:
            key = torch.cat([key, self.memory_key.expand(batch, -1, -1, -1)], dim=2)
            value = torch.cat([value, self.memory_value.expand(batch, -1, -1, -1)], dim=2)
            unseen = functional.pad(unseen, (0, self.slots))
        attended, _ = _attend(query, key, value, unseen)
        seen: Tensor = self.self_out(attended)
        return seen


def _modulated(normed: Tensor, batch: int, length: int, shift_scale: tuple[Tensor, ...] | None) -> Tensor:
    """(B·l, D) scaled and shifted by what each sequence's time says, (B, 1, D) both."""
    if shift_scale is None:
        return normed
    shift, scale = shift_scale
    return (normed.unflatten(0, (batch, length)) * (1 + scale) + shift).flatten(0, 1)


def _gated(x: Tensor, batch: int, length: int, gate: Tensor | None) -> Tensor:
    return x if gate is None else (x.unflatten(0, (batch, length)) * gate).flatten(0, 1)


def _attend(query: Tensor, key: Tensor, value: Tensor, hidden: Tensor) -> tuple[Tensor, Tensor]:
    """(B·Q, D) and the weights (B, H, Q, K) of queries that are scaled already; `hidden` is added to their scores."""
    weights = torch.softmax(query @ key.transpose(-1, -2) + hidden, dim=-1)
    return (weights @ value).transpose(1, 2).flatten(0, 1).flatten(1), weights


def _rotated(x: Tensor, cosines: Tensor, sines: Tensor) -> Tensor:
    """`training.models.attention.rotated`: (x_1, x_2) ↦ (x_1·cos − x_2·sin, x_2·cos + x_1·sin)."""
    first, second = x.chunk(2, dim=-1)
    return x * cosines + torch.cat([second, first], dim=-1) * sines


@torch.no_grad()
def _slots(layer: TransformerLayer) -> tuple[Tensor, Tensor]:
    """Keys and values (1, H, S, C) of the memory."""
    attention = layer.self_attention
    joint = attention.key_value(layer.memory[None]).unflatten(-1, (2 * attention.heads, -1)).transpose(1, 2)
    key, value = joint.chunk(2, dim=1)
    return key, value


@torch.no_grad()
def _scaled(layer: nn.Linear, attention: Attention) -> nn.Linear:
    """The queries' projection with attention's 1/√C in it."""
    factor = _query_scale(attention)
    return linear(layer.weight * factor, layer.bias * factor)


def _query_scale(attention: Attention) -> float:
    return float((attention.query.out_features // attention.heads) ** -0.5)


@torch.no_grad()
def _query_key_value(attention: Attention) -> nn.Linear:
    query = _scaled(attention.query, attention)
    weight = torch.cat([query.weight, attention.key_value.weight])
    return linear(weight, torch.cat([query.bias, attention.key_value.bias]))


def linear(weight: Tensor, bias: Tensor) -> nn.Linear:
    """A layer of these weights (out, in) and biases (out,), which are trained no more."""
    result = nn.Linear(weight.shape[1], weight.shape[0])
    result.weight, result.bias = nn.Parameter(weight, requires_grad=False), nn.Parameter(bias, requires_grad=False)
    return result
