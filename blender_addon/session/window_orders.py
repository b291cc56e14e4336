"""What the prompt window asks of the scene, done with the sidebar's choices of where keys go and what they are like."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import bpy

from ..errors import AddonError
from ..prompt_panel.blender_link.protocol import Bake, Preview, Regenerate, Scene
from . import choices, takes
from .captured import ENGINE_FPS, Capturing
from .characters import character, known, look_soon
from .history import Entry, remember
from .jobs import Job, read_to_end
from .making import check_ready, make, push_undo
from .motion_files import read
from .orders import GenerateOrder, RegenerateOrder, Sampling, to_json
from .placing import Placing, place
from .ranges import surroundings

_ASK_AGAIN_SECONDS = 1.0


@dataclass(frozen=True)
class KeepingOrder(RegenerateOrder):
    """A range made anew of which any groups of joints are kept."""

    locks: tuple[str, ...] = ()

    def body(self) -> dict[str, Any]:
        """The body of `POST /v1/motions/{id}/regenerate`."""
        return {**super().body(), "keep_joints": list(self.locks)}


def scene_now() -> Any:
    """The scene of Blender's first window."""
    return bpy.context.scene


def active_character() -> Any:
    """The armature that a motion would go onto; None where there is none."""
    layer = bpy.context.view_layer
    active = layer.objects.active if layer is not None else None
    if active is None or active.type == "ARMATURE":
        return active
    return active.find_armature() if active.type == "MESH" else None


def describe() -> Scene:
    """What Blender shows now; looks at no bones itself."""
    scene, armature = scene_now(), active_character()
    state, detail = _map_state(armature)
    preview = (scene.frame_preview_start, scene.frame_preview_end) if scene.use_preview_range else None
    return Scene(
        rig=armature.name if armature is not None else "",
        map_state=state,
        detail=detail[:1000],
        fps=choices.frames_per_second(scene),
        frame=scene.frame_current_final,
        start=scene.frame_start,
        end=scene.frame_end,
        preview=preview,
        takes=len(armature.motionwright.takes) if armature is not None else 0,
    )


def bake(order: Bake, motion: bytes) -> str:
    """Keys on the character, and the motion in the history. Returns a sentence; AddonError where it can't be done."""
    armature = _required()
    check_ready(armature)
    entry = _entry(order, motion)
    result = place(armature, motion, _placing(order))
    remember(scene_now(), entry)
    push_undo(f"Motionwright: {order.name}")
    frames = result.end - result.start + 1
    return " ".join([f"Baked “{result.action_name}” onto {armature.name}: {frames} frames.", *result.warnings])


def preview(order: Preview, motion: bytes) -> str:
    """The motion on the character until it is kept or discarded."""
    armature = _required()
    character(armature)
    if armature.mode == "EDIT":
        raise AddonError(f"“{armature.name}” is in Edit Mode; leave it first.")
    takes.begin(armature, [_entry(order, motion)], _placing(order))
    push_undo(f"Motionwright: preview {order.name}")
    return f"{armature.name} shows it; keep or discard it."


def end_preview(keep: bool) -> str:
    """Keep what is previewed as keys, or take it off."""
    armature = _required()
    if not takes.pending(armature):
        raise AddonError(f"“{armature.name}” shows no preview.")
    if keep:
        result = takes.keep(scene_now(), armature)
        sentence = f"Kept “{result.action_name}” on {armature.name}."
    else:
        takes.discard(armature)
        sentence = f"{armature.name} is as it was."
    push_undo("Motionwright: keep preview" if keep else "Motionwright: discard preview")
    return sentence


def regenerate(order: Regenerate) -> Job:
    """Ask the engine for a range of the character's own animation anew; the job puts it there when it is made."""
    armature, scene = _required(), scene_now()
    check_ready(armature)
    rate = choices.frames_per_second(scene)
    begin, end = surroundings(order.start, order.end, rate)
    capturing = Capturing(armature, begin, end, rate)
    settings = scene.motionwright
    asked = KeepingOrder(
        start=round((order.start - begin) / rate * ENGINE_FPS),
        end=round((order.end - begin) / rate * ENGINE_FPS) + 1,
        prompt=order.text,
        sampling=Sampling(preset=settings.preset, cleanup=settings.cleanup),
        locks=order.locks,
    )
    placing = Placing(
        name=asked.text,
        start=begin,
        first=order.start,
        last=order.end,
        target="CURRENT_ACTION",
        placement="captured",
        **choices.keys(settings),
    )
    job = make([armature], asked, placing, capturing)
    if bpy.app.background:
        read_to_end(job)
    return job


def set_frame(frame: float) -> None:
    """Show a frame of the scene."""
    whole = int(frame // 1)
    scene_now().frame_set(whole, subframe=frame - whole)


def is_playing() -> bool:
    """Whether Blender itself plays the scene."""
    return any(window.screen.is_animation_playing for window in bpy.context.window_manager.windows)


def _required() -> Any:
    armature = active_character()
    if armature is None:
        raise AddonError("Select a character in Blender: an armature, or a mesh that one moves.")
    return armature


_seen: dict[int, tuple[float, str, str]] = {}
"""What was last known of an armature, by its session_uid: when it was looked for, its state and what was said."""


def _map_state(armature: Any) -> tuple[str, str]:
    """Of protocol.MAP_STATES, and what is said about it; what was known counts until the bones are looked at anew."""
    if armature is None:
        return "none", ""
    found, now = known(armature), time.monotonic()
    asked, state, detail = _seen.get(armature.session_uid, (0.0, "looking", ""))
    if found is None:
        if now - asked > _ASK_AGAIN_SECONDS:
            _seen[armature.session_uid] = (now, state, detail)
            look_soon(armature)
        return state, detail
    if found.rig_map is None or found.refusal:
        state, detail = "refused", found.refusal
    else:
        state, detail = "ready", found.rig_map.family
    _seen[armature.session_uid] = (asked, state, detail)
    return state, detail


def _placing(order: Bake | Preview) -> Placing:
    settings = scene_now().motionwright
    return Placing(name=order.name, start=order.frame, target=settings.target, **choices.keys(settings))


def _entry(order: Bake | Preview, motion: bytes) -> Entry:
    """The motion as the history keeps it."""
    read_motion = read(motion)
    seed, seconds = int(read_motion.meta.get("seed") or 0), len(read_motion) / read_motion.fps
    asked = GenerateOrder(((order.name, round(seconds, 4)),), Sampling(seed=seed))
    return Entry.new(text=order.name, seed=seed, seconds=seconds, settings=to_json(asked), motion=motion)
