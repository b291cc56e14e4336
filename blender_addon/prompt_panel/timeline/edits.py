"""What can be done to blocks that follow one another: each takes the project and gives the changed one. No Qt.

Lengths are kept on whole frames of the scene, so that every block begins on one; an index that does not exist changes
nothing.
"""

from __future__ import annotations

from dataclasses import replace

from ..project import LONGEST_SECONDS, LONGEST_TEXT, MOST_BLOCKS, SHORTEST_SECONDS, Block, Project, Range

NEW_BLOCK_SECONDS = 2.0


def starts(blocks: tuple[Block, ...]) -> tuple[float, ...]:
    """Where each block begins, and where the last one ends: one more than there are blocks."""
    times = [0.0]
    for block in blocks:
        times.append(times[-1] + block.seconds)
    return tuple(times)


def block_at(blocks: tuple[Block, ...], seconds: float) -> int | None:
    """The index of the block that is playing at a time."""
    times = starts(blocks)
    return next((index for index in range(len(blocks)) if times[index] <= seconds < times[index + 1]), None)


def whole_frames(seconds: float, fps: float) -> float:
    """The nearest length on whole frames that a block may have."""
    least = -(-SHORTEST_SECONDS * fps // 1)
    frames = min(max(round(seconds * fps), least), LONGEST_SECONDS * fps // 1)
    return frames / fps


def insert(project: Project, index: int, text: str = "", seconds: float = NEW_BLOCK_SECONDS) -> Project:
    """A new block before the one at `index`."""
    if len(project.blocks) >= MOST_BLOCKS:
        return project
    blocks = project.blocks
    return replace(project, blocks=(*blocks[:index], Block(text, seconds), *blocks[index:]))


def remove(project: Project, index: int) -> Project:
    """Without a block; those after it move up."""
    if not _has(project, index):
        return project
    return replace(project, blocks=project.blocks[:index] + project.blocks[index + 1 :])


def duplicate(project: Project, index: int) -> Project:
    """A block twice in a row."""
    if not _has(project, index) or len(project.blocks) >= MOST_BLOCKS:
        return project
    return replace(project, blocks=(*project.blocks[: index + 1], *project.blocks[index:]))


def split(project: Project, seconds: float, fps: float) -> Project:
    """The block at a time cut in two there, on a frame; both keep the sentence. Nothing where a part is too short."""
    index = block_at(project.blocks, seconds)
    if index is None or len(project.blocks) >= MOST_BLOCKS:
        return project
    block, start = project.blocks[index], starts(project.blocks)[index]
    first = round((seconds - start) * fps) / fps
    if min(first, block.seconds - first) < SHORTEST_SECONDS:
        return project
    parts = (replace(block, seconds=first), replace(block, seconds=block.seconds - first))
    return replace(project, blocks=(*project.blocks[:index], *parts, *project.blocks[index + 1 :]))


def move(project: Project, index: int, to: int) -> Project:
    """A block taken out and put in so that it is the one at `to`."""
    if not _has(project, index) or not _has(project, to):
        return project
    others = list(project.blocks)
    others.insert(to, others.pop(index))
    return replace(project, blocks=tuple(others))


def resize(project: Project, index: int, seconds: float, fps: float) -> Project:
    """A block of another length; those after it move along."""
    if not _has(project, index):
        return project
    return _with(project, index, replace(project.blocks[index], seconds=whole_frames(seconds, fps)))


def roll(project: Project, index: int, seconds: float, fps: float) -> Project:
    """A block of another length that its right neighbor makes up for: nothing else moves."""
    if not _has(project, index) or not _has(project, index + 1):
        return resize(project, index, seconds, fps)
    block, neighbor = project.blocks[index], project.blocks[index + 1]
    together = block.seconds + neighbor.seconds
    first = whole_frames(seconds, fps)
    least = whole_frames(0.0, fps)
    first = min(first, max(together - least, least))
    second = min(max(together - first, SHORTEST_SECONDS), LONGEST_SECONDS)
    changed = _with(project, index, replace(block, seconds=first))
    return _with(changed, index + 1, replace(neighbor, seconds=second))


def retext(project: Project, index: int, text: str) -> Project:
    """A block with another sentence."""
    if not _has(project, index):
        return project
    return _with(project, index, replace(project.blocks[index], text=text[:LONGEST_TEXT]))


def relock(project: Project, index: int, locks: tuple[str, ...]) -> Project:
    """A block that keeps other parts of the body."""
    return _with(project, index, replace(project.blocks[index], locks=locks)) if _has(project, index) else project


def mark(project: Project, start: float, end: float, fps: float) -> Project:
    """A range marked from one time to another, whichever is first, on whole frames; one frame at least."""
    first, last = sorted((max(0.0, start), max(0.0, end)))
    frame, after = round(first * fps), round(last * fps)
    locks = project.range.locks if project.range else ()
    return replace(project, range=Range(frame / fps, max(after, frame + 1) / fps, locks))


def unmark(project: Project) -> Project:
    """Without a marked range."""
    return replace(project, range=None)


def relock_range(project: Project, locks: tuple[str, ...]) -> Project:
    """The marked range with other parts of the body kept."""
    return replace(project, range=replace(project.range, locks=locks)) if project.range else project


def _has(project: Project, index: int) -> bool:
    return 0 <= index < len(project.blocks)


def _with(project: Project, index: int, block: Block) -> Project:
    return replace(project, blocks=(*project.blocks[:index], block, *project.blocks[index + 1 :]))
