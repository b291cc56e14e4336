"""A text encoder that is a BERT in all but size: its folder is written by the test, so that no download is needed."""

from __future__ import annotations

from pathlib import Path

import torch

WIDTH = 32
_FILLERS = 1100  # the ids below 999 are special or unused in BERT's own vocabulary, and so here


def write_text_encoder(folder: Path) -> Path:
    """Write model and tokenizer as transformers reads them."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    from training.data.captions import captions

    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    words = {word.strip(",.") for content in ("walk", "bow", "wave-left-hand", "wave-right-hand", "walk-turn-left")
             for caption in captions(content, "elderly", 64) for word in caption.split()}  # fmt: skip
    vocabulary = [*special, *(f"[unused{n}]" for n in range(_FILLERS)), *sorted(words), ",", "."]
    tokenizer = Tokenizer(models.WordPiece({word: n for n, word in enumerate(vocabulary)}, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    names = dict(zip(("pad_token", "unk_token", "cls_token", "sep_token", "mask_token"), special, strict=True))
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, model_max_length=64, **names).save_pretrained(folder)
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(vocabulary), hidden_size=WIDTH, num_hidden_layers=1, num_attention_heads=2,
        intermediate_size=2 * WIDTH, max_position_embeddings=64,
    )  # fmt: skip
    BertModel(config, add_pooling_layer=False).save_pretrained(folder)
    return folder
