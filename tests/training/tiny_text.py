"""Text encoders that are real in all but size: the tests write their folders, so that no download is needed."""

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
    from training.data.predicates import OBSERVATIONS

    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    words = {word.strip(",.") for content in ("walk", "bow", "wave-left-hand", "wave-right-hand", "walk-turn-left")
             for caption in captions(content, "elderly", 64) for word in caption.split()}  # fmt: skip
    words |= {word for observation in OBSERVATIONS for word in observation.name.split()}  # what labels say
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


_LETTERS = "abcdefghijklmnopqrstuvwxyz"


def write_t5(folder: Path) -> Path:
    """Encoder and decoder, as T5 is published, and a tokenizer of words and letters."""
    from transformers import T5Config, T5Model, T5Tokenizer

    special = [("<pad>", 0.0), ("</s>", 0.0), ("<unk>", -10.0)]
    pieces = [*special, *((piece, -2.0) for piece in ("▁walk", "▁a", "▁man", "▁bow", "s")), ("▁", -3.0),
              *((letter, -4.0) for letter in _LETTERS if letter != "s")]  # fmt: skip
    T5Tokenizer(vocab=pieces, extra_ids=0).save_pretrained(folder)
    torch.manual_seed(0)
    config = T5Config(vocab_size=len(pieces), d_model=WIDTH, d_kv=8, d_ff=2 * WIDTH, num_layers=2, num_heads=4)
    T5Model(config).save_pretrained(folder)
    return folder


def write_clip(folder: Path) -> Path:
    """Text and image halves, as CLIP is published."""
    from transformers import CLIPConfig, CLIPModel, CLIPTokenizer

    pieces = [*_LETTERS, *(f"{letter}</w>" for letter in _LETTERS), "wa", "lk</w>", "walk</w>", "ma", "man</w>"]
    vocabulary = {piece: n for n, piece in enumerate([*pieces, "<|startoftext|>", "<|endoftext|>"])}
    merges = [("w", "a"), ("l", "k</w>"), ("wa", "lk</w>"), ("m", "a"), ("ma", "n</w>")]
    CLIPTokenizer(vocab=vocabulary, merges=merges).save_pretrained(folder)
    layers = {"hidden_size": WIDTH, "intermediate_size": WIDTH, "num_hidden_layers": 1, "num_attention_heads": 2}
    text = {"vocab_size": len(vocabulary), "max_position_embeddings": 77,
            "bos_token_id": len(pieces), "eos_token_id": len(pieces) + 1}  # fmt: skip
    torch.manual_seed(0)
    config = CLIPConfig(text_config=layers | text, vision_config=layers | {"image_size": 32, "patch_size": 16})
    CLIPModel(config).save_pretrained(folder)
    return folder


def write_distilbert(folder: Path, bert: Path) -> Path:
    """A DistilBERT with the tokenizer of the BERT in another folder, as the published one has BERT's."""
    from transformers import AutoTokenizer, DistilBertConfig, DistilBertModel

    tokenizer = AutoTokenizer.from_pretrained(str(bert))
    tokenizer.save_pretrained(folder)
    torch.manual_seed(0)
    config = DistilBertConfig(vocab_size=len(tokenizer), dim=WIDTH, n_layers=1, n_heads=2, hidden_dim=2 * WIDTH)
    DistilBertModel(config).save_pretrained(folder)
    return folder
