"""Seconds, frames of the scene and pixels of the timeline, and which of them the ruler names. No Qt."""

from __future__ import annotations

from dataclasses import dataclass

MARGIN_PX = 12.0
"""Left of the first frame, so that its number and the playhead have room."""
SMALLEST_SCALE, LARGEST_SCALE = 4.0, 1200.0
"""Pixels a second."""

_LABEL_PX = 58.0
_FINEST_PX = 6.0
_FRAME_STEPS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000)
_SECOND_STEPS = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0)


@dataclass(frozen=True)
class Tick:
    """A line of the ruler. label: empty for a small one."""

    seconds: float
    label: str = ""


@dataclass(frozen=True)
class Scale:
    """fps: the scene's frames a second. first_frame: the scene frame of second 0. in_seconds: what the ruler names."""

    fps: float = 24.0
    first_frame: int = 1
    pixels_per_second: float = 80.0
    in_seconds: bool = False

    def x(self, seconds: float) -> float:
        """Pixels from the left edge of the timeline."""
        return MARGIN_PX + seconds * self.pixels_per_second

    def seconds(self, x: float) -> float:
        """The time at a pixel, never before the first frame."""
        return max(0.0, (x - MARGIN_PX) / self.pixels_per_second)

    def snapped(self, seconds: float) -> float:
        """The nearest whole frame."""
        return round(seconds * self.fps) / self.fps

    def frame(self, seconds: float) -> int:
        """The scene frame at a time."""
        return self.first_frame + round(seconds * self.fps)

    def label(self, seconds: float) -> str:
        """A time as the ruler names it."""
        if not self.in_seconds:
            return str(self.frame(seconds))
        minutes, rest = divmod(round(seconds, 2), 60.0)
        return f"{int(minutes)}:{rest:05.2f}" if minutes else f"{rest:g} s"

    def span(self, start: float, end: float) -> str:
        """A range [start, end) as the ruler names it: from its first frame to its last."""
        last = end if self.in_seconds else max(start, end - 1.0 / self.fps)
        return f"{self.label(start)} – {self.label(last)}"

    def length(self, seconds: float) -> str:
        """A length in words, in what the ruler names."""
        if self.in_seconds:
            return f"{round(seconds, 2):g} s"
        frames = round(seconds * self.fps)
        return f"{frames} frame{'s' if frames != 1 else ''}"

    def ticks(self, start: float, end: float) -> tuple[Tick, ...]:
        """The ruler's lines between two times: labels that have room, and small lines between them."""
        unit = 1.0 if self.in_seconds else 1.0 / self.fps
        offset = 0.0 if self.in_seconds else self.first_frame
        steps = _SECOND_STEPS if self.in_seconds else _FRAME_STEPS
        pixels = unit * self.pixels_per_second
        large = next((step for step in steps if step * pixels >= _LABEL_PX), steps[-1])
        small = next((step for step in steps if step * pixels >= _FINEST_PX and _divides(step, large)), large)
        number = int((start / unit + offset) // small)
        ticks = []
        while (seconds := (number * small - offset) * unit) <= end:
            if seconds >= -1e-9:
                labelled = _divides(large, number * small)
                ticks.append(Tick(max(0.0, seconds), self.label(seconds) if labelled else ""))
            number += 1
        return tuple(ticks)


def _divides(step: float, number: float) -> bool:
    return abs(number / step - round(number / step)) < 1e-6
