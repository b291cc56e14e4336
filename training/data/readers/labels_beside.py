"""Text files, in whatever encoding an older tool wrote them, and the captions in them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from engine.files import written_whole


def text_of(path: Path) -> str:
    """The text of a file, in UTF-8 or, as older tools wrote it, Latin-1."""
    content = path.read_bytes()
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return content.decode("latin-1")


def captions_beside(path: Path) -> tuple[str, ...]:
    """The lines of the text file beside a clip; HumanML3D's `caption#tokens#start#end` is cut at its first #."""
    beside = path.with_suffix(".txt")
    if not beside.is_file():
        return ()
    lines = (line.split("#")[0].strip() for line in text_of(beside).splitlines())
    return tuple(dict.fromkeys(line for line in lines if line))


def write_beside(path: Path, sentences: Sequence[str]) -> None:
    """Put captions in a text file beside a clip that has none; FileNotFoundError where there is no such clip."""
    if not path.is_file():
        raise FileNotFoundError(path)
    beside = path.with_suffix(".txt")
    if not beside.is_file():
        with written_whole(beside) as temporary:
            temporary.write_text("\n".join(sentences) + "\n", encoding="utf-8")
