"""Reading BVH: a hand-worked file in many spellings, and damage of every kind."""

from __future__ import annotations

import re
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import UserError
from engine.motion import rotations
from engine.motion.bvh import read_bvh

ARM = """HIERARCHY
ROOT Shoulder
{
  OFFSET 0 10 0
  CHANNELS 6 Xposition Yposition Zposition Zrotation Xrotation Yrotation
  JOINT Elbow
  {
    OFFSET 30 0 0
    CHANNELS 3 Zrotation Xrotation Yrotation
    JOINT Wrist
    {
      OFFSET 25 0 0
      CHANNELS 0
      End Site
      {
        OFFSET 8 0 0
      }
    }
  }
}
MOTION
Frames: 2
Frame Time: 0.0333333
1 2 3 0 0 0 0 0 0
1 2 3 0 0 0 90 0 0
"""


def test_a_hand_worked_arm():
    clip = read_bvh(ARM, name="arm.bvh")
    assert clip.joint_names == ("Shoulder", "Elbow", "Wrist")
    assert clip.parents == (-1, 0, 1)
    assert len(clip) == 2
    assert clip.fps == 30.0
    np.testing.assert_array_equal(clip.offsets, [[0, 10, 0], [30, 0, 0], [25, 0, 0]])
    np.testing.assert_array_equal(clip.end_sites["Wrist"], [8, 0, 0])
    positions, turned = clip.forward_kinematics()
    np.testing.assert_allclose(positions[0], [[1, 2, 3], [31, 2, 3], [56, 2, 3]])
    np.testing.assert_allclose(positions[1], [[1, 2, 3], [31, 2, 3], [31, 27, 3]], atol=1e-12)
    np.testing.assert_allclose(turned[1, 2], [np.sqrt(0.5), 0, 0, np.sqrt(0.5)])


def test_positions_may_add_to_the_offset():
    clip = read_bvh(ARM, name="arm.bvh", positions_add_to_offset=True)
    np.testing.assert_array_equal(clip.local_translations[0], [[1, 12, 3], [30, 0, 0], [25, 0, 0]])


@pytest.mark.parametrize(
    "respell",
    [
        str.upper,
        str.lower,
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text.replace("\n", "\r"),
        lambda text: text.replace(" ", "\t \t"),
        lambda text: "\ufeff" + text.rstrip(),
        lambda text: text.replace("\n{", " {"),
        lambda text: text.replace("\n{", "{"),
        lambda text: text.replace("25 0 0", "2.5e1 0e0 -0.0"),
        lambda text: text.replace("Frames: 2\nFrame Time: ", "Frames:2\nFrame  Time :"),
        lambda text: text.replace("End Site", "End Site\n"),
        lambda text: text.replace("1 2 3 0 0 0 90 0 0", "1 2 3\n0 0 0\n90 0 0\n\n"),
    ],
    ids=[
        "upper", "lower", "crlf", "cr", "tabs", "bom", "brace on line", "brace at name", "exponents", "colons",
        "end site", "broken lines",
    ],
)  # fmt: skip
def test_spellings_of_the_same_file(respell):
    clip = read_bvh(respell(ARM), name="arm.bvh")
    expected = read_bvh(ARM, name="arm.bvh")
    np.testing.assert_array_equal(clip.forward_kinematics()[0], expected.forward_kinematics()[0])


def test_channels_are_taken_in_the_order_of_the_file():
    text = ARM.replace(
        "CHANNELS 3 Zrotation Xrotation Yrotation", "CHANNELS 5 Yrotation Zposition Xrotation Xposition Zrotation"
    )
    text = re.sub(r"1 2 3 .*\n1 2 3 .*\n", "1 2 3 0 0 0 10 7 20 5 30\n" * 2, text)
    clip = read_bvh(text, name="arm.bvh")
    np.testing.assert_allclose(clip.local_rotations_wxyz[0, 1], rotations.from_euler(np.radians([10, 20, 30]), "YXZ"))
    np.testing.assert_array_equal(clip.local_translations[0, 1], [5, 0, 7])


def test_names_that_stand_twice_are_told_apart_and_spaces_joined():
    clip = read_bvh(ARM.replace("Elbow", "Left Arm").replace("Wrist", "Left Arm"), name="arm.bvh")
    assert clip.joint_names == ("Shoulder", "Left_Arm", "Left_Arm.001")
    assert set(clip.end_sites) == {"Left_Arm.001"}


def test_deep_nesting_is_no_problem():
    joint = "JOINT a { OFFSET 1 0 0 CHANNELS 0 "
    text = "HIERARCHY ROOT r { OFFSET 0 0 0 CHANNELS 1 Xrotation " + joint * 3000 + "}" * 3001
    clip = read_bvh(text + " MOTION Frames: 1 Frame Time: 0.01 0", name="deep.bvh")
    assert clip.forward_kinematics()[0][0, -1, 0] == 3000.0


@pytest.mark.parametrize(
    ("written", "fps"), [("0.0333333", 30), ("0.016667", 60), ("0.00833", 120), ("0.0333667", 29.97), ("0.5", 2)]
)
def test_rounded_frame_times_mean_whole_rates(written, fps):
    clip = read_bvh(ARM.replace("0.0333333", written), name="arm.bvh")
    assert clip.fps == pytest.approx(fps, abs=1e-3)


_DAMAGE = {
    "no motion": (ARM.partition("MOTION")[0], "no MOTION"),
    "empty": ("", "no MOTION"),
    "not bvh": ("hello\n" + ARM, "HIERARCHY"),
    "no root": ("HIERARCHY\nMOTION\nFrames: 1\nFrame Time: 0.1\n0\n", "ROOT"),
    "two roots": (ARM.replace("JOINT Elbow", "ROOT Elbow"), "more than one ROOT"),
    "joint first": (ARM.replace("ROOT", "JOINT"), "before the ROOT"),
    "open brace": (ARM.replace("}\nMOTION", "MOTION"), "not closed"),
    "brace too many": (ARM.replace("}\nMOTION", "}}\nMOTION"), "}"),
    "unknown channel": (ARM.replace("Zrotation", "Wrotation"), "Wrotation"),
    "unknown word": (ARM.replace("OFFSET 30", "OFSET 30"), "OFSET"),
    "short offset": (ARM.replace("OFFSET 30 0 0", "OFFSET 30 0"), "CHANNELS"),
    "offset nan": (ARM.replace("OFFSET 30", "OFFSET nan"), "nan"),
    "too many channels": (ARM.replace("CHANNELS 3", "CHANNELS 4"), "unknown channel"),
    "absurd channels": (ARM.replace("CHANNELS 3", "CHANNELS 999999999999999"), "CHANNELS"),
    "fewer numbers": (ARM.rstrip().rpartition(" ")[0], "18 in all, and holds 17"),
    "fewer frames": (ARM.replace("Frames: 2", "Frames: 3"), "27 in all, and holds 18"),
    "more frames": (ARM.replace("Frames: 2", "Frames: 1"), "9 in all, and holds 18"),
    "zero frames": (ARM.replace("Frames: 2", "Frames: 0"), "no frames"),
    "negative frames": (ARM.replace("Frames: 2", "Frames: -2"), "-2"),
    "absurd frames": (ARM.replace("Frames: 2", "Frames: 99999999999"), "899999999991"),
    "endless frames": (ARM.replace("Frames: 2", "Frames: " + "9" * 9999), "number of frames"),
    "zero time": (ARM.replace("0.0333333", "0"), "frame time"),
    "negative time": (ARM.replace("0.0333333", "-0.03"), "frame time"),
    "time nan": (ARM.replace("0.0333333", "nan"), "frame time"),
    "time word": (ARM.replace("0.0333333", "fast"), "fast"),
    "nan": (ARM.replace("90", "nan"), "NaN"),
    "inf": (ARM.replace("90", "-inf"), "infinite"),
    "huge": (ARM.replace("90", "1e300"), "large"),
    "comma": (ARM.replace("90", "0,5"), "0,5"),
    "no channels": (re.sub(r"CHANNELS .*", "CHANNELS 0", ARM), "no channels"),
}


@pytest.mark.parametrize(("text", "says"), _DAMAGE.values(), ids=_DAMAGE.keys())
def test_damage_is_told_in_one_sentence(text, says):
    with pytest.raises(UserError) as caught:
        read_bvh(text, name="arm.bvh")
    sentence = str(caught.value)
    assert sentence.startswith("arm.bvh is not a readable BVH file: ")
    assert says in sentence
    assert sentence.endswith(".")
    assert len(sentence) < 250
    assert "\n" not in sentence


def test_few_numbers_cannot_ask_for_much_memory():
    joints, frames = 2000, 6000
    text = "HIERARCHY ROOT r { OFFSET 0 0 0 CHANNELS 1 Xrotation "
    text += "JOINT a { OFFSET 1 0 0 CHANNELS 0 }" * joints + "} MOTION "
    with pytest.raises(UserError, match="more than"):
        read_bvh(text + f"Frames: {frames} Frame Time: 0.01 " + "0 " * frames, name="wide.bvh")


_WORDS = sorted(set(ARM.split())) + [
    "{",
    "}",
    "nan",
    "1e400",
    "-1",
    "999999999",
    "End Site",
    "ROOT",
    "\x00",
    "ZROTATION",
]


@st.composite
def mutated_arms(draw):
    words = re.split(r"(\s+)", ARM)
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, len(words) - 1))
        kind = draw(st.sampled_from(["replace", "delete", "insert", "swap", "letters"]))
        if kind == "replace":
            words[at] = draw(st.sampled_from(_WORDS))
        elif kind == "delete":
            words[at] = ""
        elif kind == "insert":
            words.insert(at, f" {draw(st.sampled_from(_WORDS))} ")
        elif kind == "swap":
            other = draw(st.integers(0, len(words) - 1))
            words[at], words[other] = words[other], words[at]
        else:
            words[at] += draw(st.text(max_size=3))
    text = "".join(words)
    return text[: draw(st.integers(len(text) // 2, len(text)))] if draw(st.booleans()) else text


@settings(max_examples=400, deadline=None)
@given(st.one_of(mutated_arms(), st.text(max_size=60)))
def test_mutated_files_raise_nothing_but_user_errors(text):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            clip = read_bvh(text, name="arm.bvh")
        except UserError as error:
            assert "arm.bvh" in str(error)
        else:
            positions, turned = clip.forward_kinematics()
            assert np.isfinite(positions).all()
            assert np.isfinite(turned).all()
