"""NLA strips: a track of our own on top of the stack."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .curves import bind_strip

_TRACK = "Motionwright"


def add_strip(armature_object: Any, action: Any, start: int) -> None:
    """Play `action` as a strip from frame `start` on, above all else; an Action that is played is pushed down first."""
    animation = armature_object.animation_data
    _push_down(armature_object)
    alone = not any(len(track.strips) for track in animation.nla_tracks)
    frames = action.frame_range
    track = _free_track(animation, start, start + frames[1] - frames[0])
    strip = track.strips.new(action.name, start, action)
    bind_strip(strip, armature_object, action)
    strip.action_frame_start, strip.action_frame_end = frames
    strip.frame_start = start
    # Above other strips it ends where its motion ends; alone, the character stays where it came to.
    strip.extrapolation = "HOLD" if alone else "NOTHING"


def remove_strips(armature_object: Any, of: Callable[[Any], bool]) -> None:
    """Take away the strips of our tracks whose Action `of` names, and tracks that are empty then."""
    tracks = armature_object.animation_data.nla_tracks
    for track in [track for track in tracks if track.name.startswith(_TRACK)]:
        for strip in [strip for strip in track.strips if strip.action is not None and of(strip.action)]:
            track.strips.remove(strip)
        if not len(track.strips):
            tracks.remove(track)


def _push_down(armature_object: Any) -> None:
    """What Blender's own “Push Down Action” does."""
    animation = armature_object.animation_data
    action = animation.action
    if action is None:
        return
    slot = getattr(animation, "action_slot", None)
    first, last = action.frame_range
    track = animation.nla_tracks.new()
    track.name = action.name
    strip = track.strips.new(action.name, int(first), action)
    if slot is not None:
        strip.action_slot = slot
    strip.action_frame_start, strip.action_frame_end = first, last
    strip.frame_start = first
    animation.action = None


def _free_track(animation: Any, start: float, end: float) -> Any:
    """Our topmost track, if nothing lies above it and it has room, else a new one on top."""
    top = animation.nla_tracks[-1] if len(animation.nla_tracks) else None
    ours = top is not None and top.name.startswith(_TRACK)
    if ours and all(strip.frame_end < start or strip.frame_start > end for strip in top.strips):
        return top
    track = animation.nla_tracks.new()
    track.name = _TRACK
    return track
