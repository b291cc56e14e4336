"""Runs inside Blender: operators of the extension, called as a user's script calls them. Usage: scenes.py REQUEST.json

A scene is a function that returns what its test looks at. A RuntimeError's text is what Blender shows to the user.
"""

import json
import os
import sys
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

import scenes_of_keys
import scenes_of_life
import scenes_of_motions
from looking import open_character, request

import blender_addon
from blender_addon.engine_link import engine
from blender_addon.engine_link.settings import Mode

if __name__ == "__main__":
    blender_addon.register()
    engine.configure(
        replace(
            engine.settings(),
            mode=Mode.ADDRESS,
            url=request["url"],
            token=request["token"],
            folder=Path(request["folder"]),
        )
    )
    open_character()
    name = request["scene"]
    found = [getattr(module, name, None) for module in (scenes_of_motions, scenes_of_keys, scenes_of_life)]
    scene = next(each for each in found if each is not None)
    with open(request["result"], "w", encoding="utf-8") as result_file:
        json.dump(scene(), result_file)
    blender_addon.unregister()
    sys.stdout.flush()
    os._exit(0)
