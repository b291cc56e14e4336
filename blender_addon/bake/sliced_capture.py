"""Reading what a rig does a few frames at a time, so that Blender's window goes on in between.

Every frame is asked of Blender, in a scene that stays from one slice to the next; `close` takes it away.
"""

from __future__ import annotations

import time
from contextlib import ExitStack
from typing import Any

import bpy
import numpy as np

from ..errors import AddonError
from ..retarget.reverse import RigPose, reverse
from ..retarget.source import SourceMotion
from ..rigs.building import build_rig
from ..rigs.reading import object_linear, read_armature
from ..rigs.rig_map import RigMap
from .capture import FrameReader, captured_frames, with_object
from .carrying import is_animated, path_of
from .evaluation import alone, evaluated_object


class SlicedCapture:
    """What `capture` does, in slices. AddonError from any of them where the rig is gone or has changed."""

    def __init__(self, armature_object: Any, rig_map: RigMap, start: float, end: float, fps: float) -> None:
        self._rig = build_rig(read_armature(armature_object), rig_map, object_linear(armature_object))
        self._reader = FrameReader.of(armature_object, rig_map)
        self._frames, self._fps = captured_frames(start, end, fps), fps
        self._own_path = is_animated(armature_object, "")
        self._turns: list[np.ndarray] = []
        self._hips: list[np.ndarray] = []
        self._bases: list[np.ndarray] = []
        self._open = ExitStack()
        self._scene: Any = None

    @property
    def fraction(self) -> float:
        """How much of it is done, 0 to 1."""
        return len(self._turns) / len(self._frames)

    def advance(self, armature_object: Any, seconds: float) -> SourceMotion | None:
        """Read frames for `seconds`, one at least; the motion once all are read, and on the call after that."""
        if len(self._turns) == len(self._frames):
            self.close()
            return self._motion()
        begun = time.perf_counter()
        try:
            if self._scene is None:
                self._scene = self._open.enter_context(alone(armature_object))
                bpy.context.view_layer.update()
                return None
            while True:
                turns, hip = self._reader.read(self._scene, armature_object, self._frames[len(self._turns)])
                self._turns.append(turns)
                self._hips.append(hip)
                if self._own_path:
                    self._bases.append(np.array(evaluated_object(self._scene, armature_object).matrix_basis))
                if len(self._turns) == len(self._frames) or time.perf_counter() - begun >= seconds:
                    return None
        except ReferenceError as error:
            self._scene = None
            self._open.pop_all()  # the file has lost the scene
            raise AddonError("The file changed while the animation was read; try again.") from error

    def close(self) -> None:
        """Take the scene away, where it is not gone already; the next slice would make another and go on."""
        self._scene = None
        try:
            self._open.close()
        except ReferenceError:
            self._open.pop_all()

    def _motion(self) -> SourceMotion:
        pose: RigPose = self._reader.pose(self._rig, np.array(self._turns), np.array(self._hips))
        if self._own_path:
            bases = np.array(self._bases, dtype=np.float64)
            pose = with_object(pose, self._rig, path_of(bases, bases[0]))
        return reverse(pose, self._rig, self._fps)
