"""What part a clip of any source plays: by what is seen in it, from rest to rest, with the joints that do it."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import numpy as np
import pytest

from engine.motion import ms272, rotations
from engine.motion.motion import Motion
from engine.motion.skeleton import BODY
from tests.training.made_clips import moving
from training.data.captioner import captions_of_motion
from training.data.clip import Clip
from training.data.composition.casting import GESTURE, MOVING, Cast
from training.data.composition.composer import Composer
from training.data.composition.layering import arm_joints
from training.data.composition.roles import Role, role_seen
from training.data.shards import ClipRow, Shards, open_shards, write_shards


def standing(frames: int, raised: str | None = None) -> Motion:
    motion = moving(frames, raised=raised)
    still = np.tile(motion.root_translation_m[0], (frames, 1))
    local = motion.local_rotations_wxyz.copy()
    legs = [BODY.index(f"{side}_{joint}") for side in ("left", "right") for joint in ("hip", "knee", "ankle")]
    local[:, legs] = rotations.IDENTITY_WXYZ
    still[:, 1] = BODY.rest_offsets[0][1]
    return replace(motion, local_rotations_wxyz=local, root_translation_m=still)


def role_of(motion: Motion, content: str = "") -> Role | None:
    row = ClipRow.of_clip(Clip("a", motion, content, "normal"))
    return role_seen(row, ms272.encode(motion), row.labels)


def test_a_steady_gait_without_a_label():
    role = role_of(moving(120))
    assert (role.kind, role.event, role.joints) == ("walk", (0, 0), ())
    assert "walk forward" in role.actions


def test_a_raised_hand_without_a_label_is_the_arm_s():
    role = role_of(standing(90, raised="left"))
    assert (role.content, role.kind, role.joints) == ("raises the left hand", "gesture", arm_joints("left"))
    assert role.event == (30, 60)
    assert role.begins_upright
    assert role.ends_upright


def test_a_label_gives_its_words_to_what_takes_the_whole_body():
    role = role_of(standing(90), "pickup")
    assert (role.content, role.kind, role.joints) == ("pickup", "gesture", ())
    assert "pick something up from the floor" in role.actions


def test_what_begins_and_ends_in_the_middle_of_it_plays_no_part():
    whole = standing(90, raised="left")
    assert role_of(whole.frames(40, 75)) is not None
    fast = whole.root_translation_m.copy()
    fast[:, 2] += np.arange(90) / 30.0 * np.where(np.arange(90) < 45, 3.0, -3.0)
    assert role_of(replace(whole, root_translation_m=fast), "pickup") is None


@pytest.fixture(scope="module")
def folder_of_ones_own(tmp_path_factory) -> Shards:
    """Walks and raised hands that no label tells, as a user's folder of BVH has them."""
    clips = [Clip(f"walk_{number}", moving(150 + number), "", "normal") for number in range(4)]
    clips += [Clip(f"hand_{side}", standing(90, raised=side), "", "normal") for side in ("left", "right")]
    folder = tmp_path_factory.mktemp("own")
    rows = (
        (ClipRow.of_clip(clip, captions_of_motion(clip.motion, 2)), ms272.encode(clip.motion).astype(np.float32))
        for clip in clips
    )
    write_shards(rows, folder, "own")
    return open_shards(folder)


def test_clips_that_no_label_tells_are_cast(folder_of_ones_own):
    cast = Cast(folder_of_ones_own, folder_of_ones_own.rows)
    assert len(cast.contents(MOVING, "normal")) == 1
    assert cast.contents(GESTURE, "normal") == ["raises the left hand", "raises the right hand"]
    assert cast.of_limbs("normal") == ["raises the left hand", "raises the right hand"]


def test_they_are_composed_and_told_in_words(folder_of_ones_own):
    composer = Composer(folder_of_ones_own, folder_of_ones_own.rows, 240, 3)
    made = [composite for seed in range(24) if (composite := composer.composite(seed)) is not None]
    assert {"sequence", "layer"} <= {one.kind for one in made}
    captions = [caption for one in made for caption in one.captions]
    assert any("hand" in caption and "walk" in caption for caption in captions)
    assert not any(set("{}") & set(caption) for caption in captions)


def test_a_style_without_words_is_told_by_its_name(folder_of_ones_own):
    styled = replace(folder_of_ones_own, rows=tuple(replace(row, style="zombie") for row in folder_of_ones_own.rows))
    composite = Composer(styled, styled.rows, 240, 1).composite(0)
    assert composite.captions[0].endswith(" in a zombie way")
    assert Cast(styled, styled.rows).style(Random(0)) == "zombie"
