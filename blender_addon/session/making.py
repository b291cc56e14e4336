"""From an order to keys on characters: the engine is asked, and what it made is put where it was meant to go."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import bpy

from ..bake.target import BakeResult
from ..errors import AddonError
from ..retarget.source import SourceMotion, motion_bytes
from . import takes
from .captured import Capturing
from .characters import CharacterKey, character
from .history import Entry, remember
from .jobs import Job, Order, Outcome, read_then, start
from .motion_files import read
from .placing import Placing, place


def make(armatures: Sequence[Any], order: Order, placing: Placing, known: bytes | Capturing | None = None) -> Job:
    """Ask for motions for characters; several takes of one character are shown until one is kept.

    known: the motion file that is changed, or what reads it off a character. Returns at once with the job. AddonError
    where a character can't take a motion.
    """
    for armature in armatures:
        check_ready(armature)
    keys = [CharacterKey.of(armature) for armature in armatures]

    def done(entries: tuple[Entry, ...]) -> Outcome:
        share = len(entries) // len(keys)
        results, failures = [], []
        for i, key in enumerate(keys):
            try:
                results.append(_apply(key, entries[i * share : (i + 1) * share], placing))
            except AddonError as error:
                failures.append(str(error))
        push_undo(f"Motionwright: {order.text}")
        if not results:
            raise AddonError(" ".join(failures))
        return _outcome(results, share, failures)

    return start(order, known, done)


def remake(
    armature: Any,
    placing: Placing,
    frames: tuple[int, int],
    rate: float,
    change: Callable[[SourceMotion], SourceMotion],
) -> Job:
    """Put on a character what `change` makes of its animation in scene frames first to last, without the engine.

    It is read a little at a time; `rate`: the scene's frames a second. Returns at once with the job. The step of undo
    is the operator's own.
    """
    key = CharacterKey.of(armature)

    def done(npz: bytes) -> Outcome:
        character_now = key.find()
        check_ready(character_now)
        result = place(character_now, motion_bytes(change(read(npz))), placing)
        return _outcome([result], 1, [])

    return read_then(placing.name, Capturing(armature, *frames, rate), done)


def check_ready(armature: Any) -> None:
    """AddonError where a motion can't be put on an armature now."""
    character(armature)
    takes.check_decided(armature)
    if armature.mode == "EDIT":
        raise AddonError(f"“{armature.name}” is in Edit Mode; leave it first.")


def push_undo(message: str) -> None:
    """Make what was done since the last step one step of its own."""
    if not bpy.app.background:
        bpy.ops.ed.undo_push(message=message)


def _apply(key: CharacterKey, entries: Sequence[Entry], placing: Placing) -> BakeResult:
    """Put one motion, or the first of several takes, on a character; whatever fails, the history has the motions."""
    scene = bpy.context.scene
    try:
        armature = key.find()
        check_ready(armature)
        if len(entries) > 1:
            return takes.begin(armature, entries, placing)
        result = place(armature, entries[0].motion_file, placing)
    except AddonError:
        for entry in entries:
            remember(scene, entry)
        raise
    remember(scene, entries[0])
    return result


def _outcome(results: Sequence[BakeResult], share: int, failures: Sequence[str]) -> Outcome:
    names = ", ".join(f"“{result.action_name}”" for result in results)
    frames = results[0].end - results[0].start + 1
    sentence = f"{names}: {frames} frames." if share == 1 else f"{share} takes: look at each, then keep one."
    warnings = [warning for result in results for warning in result.warnings]
    return Outcome(sentence, tuple(dict.fromkeys((*failures, *warnings))))
