"""A model bundle on disk: manifest, checksums, sessions, execution providers."""

from engine.bundle.bundle import DEFAULT_BUNDLE, Bundle
from engine.bundle.manifest import Manifest, Normalization, Preset, read_manifest, write_manifest

__all__ = [
    "DEFAULT_BUNDLE",
    "Bundle",
    "Manifest",
    "Normalization",
    "Preset",
    "read_manifest",
    "write_manifest",
]
