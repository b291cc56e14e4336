"""The engine's buttons in background Blenders, with the extension switched on, off, and on again."""

import sys
from pathlib import Path

from processes import in_blender

REPOSITORY = Path(__file__).resolve().parents[2]


def test_every_button(blender, tmp_path):
    toy = REPOSITORY / "tests" / "engine" / "bundle" / "toy"
    request = {"repository": str(REPOSITORY), "interpreter": sys.executable, "model": str(toy)}
    seen = in_blender(blender, "engine_buttons.py", **request, out=str(tmp_path / "out"))
    assert seen["states"] == [
        ["start_engine", "FINISHED", "ready", "none"],
        ["restart_engine", "FINISHED", "ready", "none"],
        ["restart_engine", "FINISHED", "ready", "none"],
        ["stop_engine", "FINISHED", "stopped", "start"],
        ["restart_engine", "FINISHED", "ready", "none"],
        ["stop_engine", "FINISHED", "stopped", "start"],
        ["start_engine", "FINISHED", "ready", "none"],
    ]
    sentences = [
        *("Allow online access", "not set up yet", "Nothing is being set up", "choose Managed", "Choose the Python"),
        *("does not run", "runs already", "can't listen on", "9.1.0", "token file"),
        *("Enter the address", "is no address", "no log"),
    ]
    assert len(seen["errors"]) == len(sentences), seen["errors"]
    for error, sentence in zip(seen["errors"], sentences, strict=True):
        assert sentence in error
    # What happened is said, and beside it is the button that mends it, which can be pressed.
    shown = {case: (words, buttons) for case, words, buttons in seen["drawn"]}
    for case, words, button in (
        ("missing", "not set up yet", "set_up_engine"),
        ("killed", "ended unexpectedly", "restart_engine"),
        ("port taken", "can't listen on", "open_preferences"),
        ("another version", "9.1.0", "open_preferences"),
        ("token file gone", "token file", "restart_engine"),
    ):
        assert words in shown[case][0], case
        assert [name for name, _ in shown[case][1]] == [button], case
        assert shown[case][1][0][1] or case == "missing", case  # online access is asked for first
    assert shown["stopped"] == shown["mended"] == ("", [])
    assert seen["ended"]
    assert not seen["registered"]
    assert seen["again"] == "missing"  # switched off, an extension forgets its preferences
