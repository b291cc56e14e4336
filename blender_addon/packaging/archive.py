"""The zip itself: the extension's files at its top, as Blender wants them, and the folder of wheels."""

from __future__ import annotations

import json
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path

from ..engine_link.wheels import CONTENTS
from ..errors import AddonError

ROOM = Path(__file__).resolve().parents[1]
MANIFEST = "blender_manifest.toml"
_FOLDER = "wheels"
# What only the command line and the engine's side use; it comes along in the engine's wheel.
_NOT_IN_BLENDER = (
    *("commands.py", "console.py", "packaging", "headless.py", "child.py", "job.py", "find_blender.py"),
    *("demo", "preview"),
)
_ALSO_NOT = ("__pycache__", _FOLDER)
_WINDOW = "prompt_panel"
_SHARED_WITH_WINDOW = ("__init__.py", "checked.py", "project.py", "saved_project.py")
_SHARED_IN_LINK = ("__init__.py", "lines.py", "protocol.py")
"""What Blender needs of the prompt window: how the two talk, and what a project is. The rest runs elsewhere."""
_EPOCH = (1980, 1, 1, 0, 0, 0)
"""Every file's date, so that the same files give the same zip."""
_BLENDERS_PLATFORMS = {
    "linux-x86_64": "linux-x64",
    "linux-arm64": "linux-arm64",
    "macosx-x86_64": "macos-x64",
    "macosx-arm64": "macos-arm64",
    "win-x86_64": "windows-x64",
    "win-arm64": "windows-arm64",
}


def write_archive(target: Path, wheels: Path, built_for: str) -> None:
    """Write the zip. wheels: the folder of all wheels. built_for: the machine of an offline package, else empty."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for path in _files():
            content = path.read_bytes()
            if path.name == MANIFEST and built_for:
                content = _for_one_platform(content.decode(), built_for).encode()
            _add(archive, path.relative_to(ROOM).as_posix(), content, zipfile.ZIP_DEFLATED)
        _add(archive, f"{_FOLDER}/{CONTENTS}", json.dumps({"built_for": built_for}).encode(), zipfile.ZIP_DEFLATED)
        for wheel in sorted(wheels.glob("*.whl")):
            _add(archive, f"{_FOLDER}/{wheel.name}", wheel.read_bytes(), zipfile.ZIP_STORED)


def check_versions(wheel: Path) -> str:
    """The version that manifest and wheel agree on; the extension refuses an engine of another one."""
    manifest = str(tomllib.loads((ROOM / MANIFEST).read_text(encoding="utf-8"))["version"])
    built = wheel.name.split("-")[1]
    if built != manifest:
        raise AddonError(f"pyproject.toml says version {built}, {MANIFEST} {manifest}; make them the same.")
    return manifest


def _files() -> Iterator[Path]:
    left_out = {*_NOT_IN_BLENDER, *_ALSO_NOT}
    for path in sorted(ROOM.rglob("*")):
        parts = path.relative_to(ROOM).parts
        if parts[0] == _WINDOW and not _is_shared(parts[1:]):
            continue
        if path.is_file() and parts[0] not in left_out and "__pycache__" not in parts and parts[-1][0] != ".":
            yield path


def _is_shared(parts: tuple[str, ...]) -> bool:
    """Whether a file of the prompt window, by its path in there, is needed in Blender."""
    return parts in {(name,) for name in _SHARED_WITH_WINDOW} | {("blender_link", name) for name in _SHARED_IN_LINK}


def _add(archive: zipfile.ZipFile, name: str, content: bytes, how: int) -> None:
    entry = zipfile.ZipInfo(name, _EPOCH)
    entry.external_attr = 0o644 << 16
    archive.writestr(entry, content, how)


def _for_one_platform(manifest: str, built_for: str) -> str:
    """The manifest of an offline package: Blender itself then refuses it on another system."""
    platform = _BLENDERS_PLATFORMS.get(built_for.rpartition("-")[0])
    if platform is None:
        return manifest
    return manifest.replace('type = "add-on"\n', f'type = "add-on"\nplatforms = ["{platform}"]\n')
