"""The models that can be used here: the embedded bundle, those in the user's models folder, and one named at start."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from engine.bundle.manifest import Manifest, read_manifest
from engine.errors import UserError


@dataclass(frozen=True)
class Model:
    """A bundle by a name that no other has. embedded: it came with the engine."""

    name: str
    folder: Path
    manifest: Manifest
    embedded: bool


class Catalog:
    """Looks anew at every call: a bundle may be copied in, or deleted, while the service runs."""

    def __init__(self, embedded: Path, models_folder: Path, given: Path | None) -> None:
        self._embedded = embedded
        self._models_folder = models_folder
        self._given = given

    def models(self) -> list[Model]:
        """Every bundle whose manifest can be read; of two with one name, the later one's folder is added to it."""
        found: list[Model] = []
        for folder in self._folders():
            try:
                manifest = read_manifest(folder)
            except (UserError, OSError):
                continue
            name = manifest.name
            if any(model.name == name for model in found):
                name = f"{manifest.name} ({folder.name})"
            found.append(Model(name, folder, manifest, folder == self._embedded))
        return found

    def _folders(self) -> Iterator[Path]:
        yield self._embedded
        if self._given is not None and self._given != self._embedded:
            yield self._given
        try:
            inside = sorted(self._models_folder.iterdir())
        except OSError:
            return
        yield from (folder for folder in inside if folder != self._given and (folder / "bundle.json").is_file())
