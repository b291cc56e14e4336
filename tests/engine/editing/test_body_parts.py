"""Names of joints and groups become joints of the body, and nothing else does."""

import pytest

from engine.editing.body_parts import GROUPS, kept_joints
from engine.errors import UserError
from engine.motion.skeleton import BODY


def test_upper_and_lower_body_are_the_whole_and_share_nothing():
    upper, lower = kept_joints(["upper_body"]), kept_joints(["lower_body"])
    assert not upper & lower
    assert len(upper | lower) == len(BODY.joint_names)


def test_groups_and_joints_mix():
    assert kept_joints(["head", "left_wrist", "neck"]) == {BODY.index(name) for name in ("neck", "head", "left_wrist")}


def test_sides_mirror_each_other():
    for part in ("arm", "leg"):
        mirrored = {BODY.mirror_indices[joint] for joint in kept_joints([f"left_{part}"])}
        assert mirrored == kept_joints([f"right_{part}"])


@pytest.mark.parametrize(
    "names", [["tail"], ["left_arm", "LEFT_WRIST"], [""], ["upper_body", "lower_body"], list(GROUPS)]
)
def test_the_unknown_and_everything_are_refused(names):
    with pytest.raises(UserError, match=r"^[A-Z][^\n]*\.$"):
        kept_joints(names)
