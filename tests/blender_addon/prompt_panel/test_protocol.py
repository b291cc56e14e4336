"""The lines between Blender and the window: every message there and back, and whatever else may come."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blender_addon.prompt_panel.blender_link import protocol
from blender_addon.prompt_panel.blender_link.lines import LARGEST_LINE
from blender_addon.prompt_panel.blender_link.protocol import (
    Answer,
    Bake,
    Close,
    EndPreview,
    EngineAt,
    OpenProject,
    Preview,
    ProjectChanged,
    Ready,
    Refused,
    Regenerate,
    Saved,
    Scene,
    SetFrame,
    Show,
    StartEngine,
)
from blender_addon.prompt_panel.checked import RefusedError
from blender_addon.prompt_panel.project import LOCKS

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
ORDERS = st.integers(0, 2**53 - 1)
FRAMES = st.integers(-1_000_000, 1_000_000)
TIMES = st.floats(-1_000_000, 1_000_000)
TO_WINDOW = st.one_of(
    st.builds(EngineAt, TEXTS, TEXTS, TEXTS),
    st.builds(
        Scene,
        TEXTS,
        st.sampled_from(protocol.MAP_STATES),
        TEXTS,
        st.floats(0.01, 1000.0),
        TIMES,
        FRAMES,
        FRAMES,
        st.none() | st.tuples(FRAMES, FRAMES),
        st.integers(0, 16),
    ),
    st.builds(SetFrame, TIMES),
    st.builds(OpenProject, TEXTS, TEXTS),
    st.builds(Saved, TEXTS, TEXTS, TEXTS),
    st.builds(Answer, ORDERS, st.booleans(), TEXTS),
    st.builds(Close),
    st.builds(Show),
    st.builds(Refused, TEXTS),
)
TO_BLENDER = st.one_of(
    st.builds(Ready),
    st.builds(StartEngine),
    st.builds(Bake, ORDERS, TEXTS, TEXTS, FRAMES),
    st.builds(Preview, ORDERS, TEXTS, TEXTS, FRAMES),
    st.builds(EndPreview, ORDERS, st.booleans()),
    st.builds(
        Regenerate,
        ORDERS,
        st.integers(-100, 0),
        st.integers(1, 100),
        st.none() | TEXTS,
        st.lists(st.sampled_from(LOCKS), max_size=3, unique=True).map(tuple),
    ),
    st.builds(SetFrame, TIMES),
    st.builds(ProjectChanged, TEXTS),
    st.builds(Refused, TEXTS),
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=10,
)


@given(TO_WINDOW)
def test_what_is_said_to_the_window_arrives_as_it_was(message):
    line = protocol.encode(message)
    assert b"\n" not in line
    assert protocol.to_window(line) == message


@given(TO_BLENDER)
def test_what_is_said_to_blender_arrives_as_it_was(message):
    assert protocol.to_blender(protocol.encode(message)) == message


@given(st.binary(max_size=300))
def test_any_bytes_are_refused_in_a_sentence_or_taken(line):
    for decode in (protocol.to_window, protocol.to_blender):
        with pytest.raises(RefusedError) as refusal:
            decode(line)
        assert str(refusal.value).endswith(".")


@given(TO_WINDOW | TO_BLENDER, st.text(max_size=10), JSON)
def test_a_message_with_any_member_changed_is_taken_whole_or_refused(message, name, value):
    values = json.loads(protocol.encode(message))
    keys = sorted(values)
    values[keys[len(name) % len(keys)]] = value
    line = json.dumps(values).encode()
    for decode in (protocol.to_window, protocol.to_blender):
        try:
            taken = decode(line)
        except RefusedError as refusal:
            protocol.encode(Refused(str(refusal)))
        else:
            assert protocol.encode(taken)


def test_a_line_is_what_is_documented():
    scene = Scene("Hero", "ready", "Rigify", 24.0, 5.0, 1, 250, (10, 20))
    assert protocol.encode(scene) == (
        b'{"v":1,"type":"scene","rig":"Hero","map_state":"ready","detail":"Rigify","fps":24.0,"frame":5.0,'
        b'"start":1,"end":250,"preview":[10,20],"takes":0}'
    )
    assert protocol.encode(Ready()) == b'{"v":1,"type":"ready"}'


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        (b"", "The line is no JSON."),
        (b"[1]", "The line is no JSON object."),
        (b'{"type":"ready"}', "“v” of The line is missing."),
        (b'{"v":2,"type":"ready"}', "The line is of version 2 of the protocol, this side speaks 1."),
        (b'{"v":1,"type":"scene"}', "The line is of a type that this side does not take."),
        (b'{"v":1,"type":"ready","more":1}', "“more” of ready is unknown."),
        (b'{"v":1,"type":"set_frame","frame":NaN}', "The line is no JSON."),
        (b'{"v":1,"type":"set_frame","frame":1e300}', "“frame” of set_frame is not between"),
        (b'{"v":1,"type":"end_preview","order":1,"keep":1}', "“keep” of end_preview is neither true nor false."),
        (b'{"v":1,"type":"regenerate","order":1,"start":5,"end":5,"text":null,"locks":[]}', "“end” of regenerate"),
        (b'{"v":1,"type":"regenerate","order":1,"start":5,"end":9,"text":null,"locks":["tail"]}', "“locks” of"),
        (b"x" * (LARGEST_LINE + 1), "The line is larger than 65536 bytes."),
        (b"[" * LARGEST_LINE, "The line is no JSON."),
    ],
)
def test_what_is_wrong_with_a_line_is_said(line, sentence):
    with pytest.raises(RefusedError) as refusal:
        protocol.to_blender(line)
    assert str(refusal.value).startswith(sentence)


def test_nothing_is_sent_that_the_other_side_would_refuse():
    for message in (SetFrame(float("nan")), SetFrame(1e9), Bake(1, "x" * 5000, "n", 1), Refused("\ud800")):
        with pytest.raises(RefusedError):
            protocol.encode(message)
