import torch

from training.models.text import TextEncoder
from training.word_embeddings.motion_words import MotionWord
from training.word_embeddings.pieces import TokenizedCaptions, rows_of


def test_a_word_of_several_pieces_has_all_of_them(encoder_folders):
    """CLIP's tiny vocabulary has "walk" whole and spells "bow" letter by letter."""
    clip = TextEncoder(str(encoder_folders["clip"]))
    captions, places = ["a man walk", "a man bow"], [(6, 10), (6, 9)]
    texts = TokenizedCaptions.of(clip, captions, places)
    ids = clip.tokenizer.convert_tokens_to_ids(["walk</w>", "b", "o", "w</w>"])
    assert texts.pieces.tolist() == [[ids[0], -1, -1], ids[1:]]
    rows = rows_of(clip, [MotionWord("walk", "verb", ("walk",), 1), MotionWord("bow", "verb", ("bow",), 1)])
    assert rows.tolist() == sorted(ids)


def test_no_row_of_a_special_token_is_ever_a_words(encoder):
    rows = rows_of(encoder, [MotionWord("walk", "verb", ("walk", "walks"), 1), MotionWord("x", "verb", ("§",), 1)])
    assert len(rows) >= 1
    assert not set(rows.tolist()) & set(encoder.tokenizer.all_special_ids)


def test_pieces_spell_their_word_in_every_family(encoder):
    caption = "a man walk bow"
    pieces = TokenizedCaptions.of(encoder, [caption], [(6, 10)]).pieces[0]
    spelled = encoder.tokenizer.decode(pieces[pieces >= 0]).replace(" ", "").replace("##", "")
    assert spelled in ("walk", encoder.tokenizer.unk_token)
    assert torch.isin(pieces, encoder.tokenizer([caption], return_tensors="pt")["input_ids"]).all()
