"""Projects to JSON and back, and what is refused."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blender_addon.prompt_panel import project as projects
from blender_addon.prompt_panel.checked import RefusedError
from blender_addon.prompt_panel.project import Block, Project, Range, Settings, Take, bounded, from_json, to_json

WRITABLE = st.characters(exclude_categories=["Cs"])
TEXTS = st.text(WRITABLE, max_size=50)
NAMES = st.text("abcdefghij0123456789-_", min_size=1, max_size=20)
LOCKS = st.lists(st.sampled_from(projects.LOCKS), max_size=3, unique=True).map(tuple)
LENGTHS = st.floats(0.2, 120.0)
SEEDS = st.integers(0, 2**53 - 1)
SETTINGS = st.builds(
    Settings,
    preset=NAMES,
    guidance=st.none() | st.floats(0.0, 20.0),
    seed=st.none() | SEEDS,
    variations=st.integers(1, 16),
    loop=st.booleans(),
    in_place=st.booleans(),
    cleanup=st.booleans(),
    automatic_length=st.booleans(),
    seconds=LENGTHS,
)
TAKES = st.builds(
    Take,
    motion_id=TEXTS,
    file=st.none() | NAMES.map(lambda name: f"{name}.npz"),
    prompts=st.lists(TEXTS, max_size=3).map(tuple),
    seconds=st.floats(0.0, 120.0),
    seed=SEEDS,
    settings=SETTINGS,
    starred=st.booleans(),
    created=st.just("2026-01-31T12:00:00Z"),
)
PROJECTS = st.builds(
    Project,
    prompt_text=TEXTS,
    blocks=st.lists(st.builds(Block, TEXTS, LENGTHS, LOCKS), max_size=4).map(tuple),
    takes=st.lists(TAKES, max_size=3).map(tuple),
    settings=SETTINGS,
    history=st.lists(TEXTS, max_size=4).map(tuple),
    playhead=st.floats(0.0, 100.0),
    range=st.none() | st.builds(Range, st.floats(0.0, 5.0), st.floats(5.5, 9.0), LOCKS),
    shown=st.none() | TEXTS,
)


@given(PROJECTS)
def test_a_project_comes_back_as_it_was(project):
    line = to_json(project)
    assert from_json(line) == project
    assert from_json(line.encode()) == project


def test_the_json_of_a_project_is_what_is_documented():
    project = Project(
        prompt_text="er läuft",
        blocks=(Block("walk", 2.5, ("left_arm",)),),
        takes=(Take("a1", "a1.npz", ("walk",), 2.5, 7, Settings(seed=7), True, "2026-01-31T12:00:00Z"),),
        range=Range(0.5, 1.0),
    )
    settings = (
        '{"preset":"standard","guidance":null,"seed":%s,"variations":4,"loop":false,"in_place":false,"cleanup":true,'
        '"automatic_length":true,"seconds":4.0}'
    )
    assert to_json(project) == (
        '{"version":1,"prompt_text":"er läuft","blocks":[{"text":"walk","seconds":2.5,"locks":["left_arm"]}],'
        '"takes":[{"motion_id":"a1","file":"a1.npz","prompts":["walk"],"seconds":2.5,"seed":7,'
        f'"settings":{settings % "7"},"starred":true,"created":"2026-01-31T12:00:00Z"}}],'
        f'"settings":{settings % "null"},"history":[],"playhead":0.0,'
        '"range":{"start":0.5,"end":1.0,"locks":[]},"shown":null}'
    )


def changed(**members):
    return json.dumps({**json.loads(to_json(Project())), **members})


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "The project is no JSON."),
        ("[]", "The project is no JSON object."),
        ("[" * 100_000, "The project is no JSON."),
        (b'{"version":"\xff"}', "The project is no JSON."),
        ('{"version":1,"version":1}', "The project is no JSON."),
        ("{}", "“version” of The project is missing."),
        (changed(version=2), "The project was saved by a newer Motionwright; update this one to open it."),
        (changed(version=True), "“version” of The project is no whole number."),
        (changed(more=1), "“more” of The project is unknown."),
        (changed(prompt_text="x" * 1001), "“prompt_text” of The project is longer than 1000 characters."),
        (changed(prompt_text="\ud800"), "“prompt_text” of The project holds half a character."),
        (changed(playhead=-1), "“playhead” of The project is not between 0 and 3840."),
        (changed(playhead="0"), "“playhead” of The project is no number."),
        (changed().replace('"playhead": 0.0', '"playhead": NaN'), "The project is no JSON."),
        (changed().replace('"playhead": 0.0', '"playhead": 1e999'), "“playhead” of The project is not between"),
        (changed(blocks=[{}] * 33), "“blocks” of The project has more than 32 entries."),
        (changed(blocks=[3]), "a block is no JSON object."),
        (
            changed(blocks=[{"text": "", "seconds": 0.1, "locks": []}]),
            "“seconds” of a block is not between 0.2 and 120.",
        ),
        (
            changed(blocks=[{"text": "", "seconds": 1, "locks": ["tail"]}]),
            "“locks” of a block names no part of the body: tail.",
        ),
        (changed(range={"start": 2, "end": 2, "locks": []}), "“end” of range of The project is not after its start."),
    ],
)
def test_what_is_no_project_is_refused_in_a_sentence(text, sentence):
    with pytest.raises(RefusedError) as refusal:
        from_json(text)
    assert str(refusal.value).startswith(sentence)


@pytest.mark.parametrize("name", ["../a.npz", "a/b.npz", "a\\b.npz", ".npz", "a.txt", "C:a.npz", "a.b.npz", "ä.npz"])
def test_a_take_names_no_file_outside_the_project(name):
    take = Take("a", "a.npz", (), 1.0, 1)
    text = to_json(Project(takes=(take,))).replace('"a.npz"', json.dumps(name))
    with pytest.raises(RefusedError, match="no name of a motion file"):
        from_json(text)


def test_a_project_that_grows_loses_its_oldest_first_and_starred_takes_last():
    takes = tuple(Take(str(i), None, (), 1.0, i, starred=i in (0, 2)) for i in range(124))
    history = tuple(map(str, range(203)))
    kept = bounded(Project(takes=takes, history=history))
    assert [take.motion_id for take in kept.takes] == ["0", "2", *map(str, range(6, 124))]
    assert kept.history == history[3:]
    small = replace(kept, takes=takes[:5])
    assert bounded(small) == small


def test_the_bounds_can_not_come_to_more_than_is_read():
    """Control characters are the longest in JSON: six bytes each."""
    text = "\x01" * projects.LONGEST_TEXT
    take = Take("i" * 200, "f" * 196 + ".npz", (text,) * projects.MOST_BLOCKS, 1.0, 2**53 - 1)
    largest = Project(
        prompt_text=text,
        blocks=(Block(text, 1.0, projects.LOCKS),) * projects.MOST_BLOCKS,
        takes=(take,) * projects.MOST_TAKES,
        history=(text,) * projects.MOST_HISTORY,
    )
    line = to_json(largest).encode()
    assert len(line) < projects.LARGEST_JSON
    assert from_json(line) == largest
