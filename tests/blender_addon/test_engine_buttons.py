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
        ["start_engine", "FINISHED", "ready", "none"],
    ]
    sentences = [
        *("Allow online access", "not set up yet", "Nothing is being set up", "choose Managed", "Choose the Python"),
        *("does not run", "runs already", "Enter the address", "is no address", "no log"),
    ]
    assert len(seen["errors"]) == len(sentences), seen["errors"]
    for error, sentence in zip(seen["errors"], sentences, strict=True):
        assert sentence in error
    assert seen["ended"]
    assert not seen["registered"]
    assert seen["again"] == "missing"  # switched off, an extension forgets its preferences
