"""Free wordings: every line of every file says what it must in the form in which it must."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from training.data import spoken
from training.data.spoken import Wording, lines, wordings
from training.data.styles import STYLES

FILES = sorted(Path(spoken.__file__).parent.rglob("*.txt"))
NAMES = [str(file.relative_to(Path(spoken.__file__).parent).with_suffix("")) for file in FILES]
SIDED = ("walk-sideways", "walk-turn", "turn-slow", "turn-quick", "wave-one-hand", "raise-one-hand")
OF_ONE_SIDE = {"bye": "right", "guide": "right", "respond": "left"}


@pytest.mark.parametrize("name", NAMES)
def test_every_line_has_its_form(name):
    told = lines(name)
    assert len(set(told)) == len(told) > 15
    for line in told:
        assert line == line.strip().lower() and "  " not in line and not line.endswith("."), line
        assert set(re.findall(r"\{(.*?)\}", line)) <= {"the", "side", "other"}, line
        is_wording = not name.endswith(("subjects", "manners"))
        assert line.count(" | ") == line.count("|") == is_wording, line


@pytest.mark.parametrize("name", [name for name in NAMES if not name.endswith(("subjects", "manners"))])
def test_a_wording_is_of_someone_who_does_something(name):
    for subject, action in wordings(name):
        assert re.match(r"(?:an?|the|one of|some\w*|every\w*|no\w*|[\w.]+['’]s|\w+) ?", subject), subject
        assert "{" not in subject and re.match(r"[a-z]+(?:-[a-z]+)*,?(?: |$)", action), action


@pytest.mark.parametrize("name", NAMES)
def test_a_side_is_told_where_it_matters_and_nowhere_else(name):
    for line in lines(name):
        assert ("{side}" in line) == (name in SIDED), line
        if name not in (*OF_ONE_SIDE, "kick"):
            assert not re.search(r"\b(?:left|right)\b", line), line
        if name in OF_ONE_SIDE:
            assert re.search(rf"\b{OF_ONE_SIDE[name]}\b", line), line


def test_the_wordings_of_a_side_speak_of_it():
    wording = Wording("a man", "wave {the} {side} hand, the {other} one at rest")
    assert wording.of_side("left") == ("a man", "wave {the} left hand, the right one at rest")
    assert wording.of_side("right") == ("a man", "wave {the} right hand, the left one at rest")
    assert all(re.search(r"\bleft(?:ward)?\b", action) for _, action in wordings("walk-turn", "left"))


def test_a_style_without_free_wordings_has_its_own_words_alone():
    assert lines("styles/cartoon.subjects") == () == STYLES["cartoon"].subjects
    assert len(STYLES["elderly"].subjects) == 105
