"""Which reader a source needs: told by what lies in the folder, or in the archive once it is unpacked."""

from __future__ import annotations

import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from engine.errors import UserError
from engine.motion.bvh import read_bvh
from training.data.bandai_namco import clip_of
from training.data.clip import Clip
from training.data.readers import open_archives
from training.data.readers.any_bvh import any_bvh
from training.data.readers.fbx import fbx_files
from training.data.readers.feature_sets import feature_sets
from training.data.readers.labels_beside import text_of
from training.data.readers.recordings import Recording, files_below
from training.data.readers.smpl import amass

_ARCHIVES = (".tar", ".xz", ".gz", ".bz2", ".tgz", ".zip")


@contextmanager
def opened(source: Path, beside: Path) -> Iterator[Path]:
    """The folder of a source: itself, or where its archive is unpacked (below `beside`) until the end of the block.

    UserError where there is no such source, or its archive is damaged.
    """
    if source.is_dir():
        yield source
    elif source.is_file() and source.suffix.lower() in _ARCHIVES:
        with TemporaryDirectory(dir=beside, prefix=".unpacked-") as folder:
            _unpack(source, Path(folder))
            yield Path(folder)
    elif source.is_file():
        raise UserError(f"{source} is neither a folder nor an archive (tar or zip) of motion capture.")
    else:
        raise UserError(f"There is no motion capture at {source}; give a folder or an archive.")


def _unpack(archive: Path, folder: Path) -> None:
    try:
        if zipfile.is_zipfile(archive):
            with zipfile.ZipFile(archive) as file:
                file.extractall(folder)  # removes .. and drive letters by itself
        else:
            with tarfile.open(archive) as tar:
                tar.extractall(folder, filter="data")
    except (OSError, tarfile.TarError, zipfile.BadZipFile, EOFError, lzma.LZMAError, zlib.error) as error:
        raise UserError(f"{archive} can't be read as an archive of motion capture: {error}.") from error


def recordings(folder: Path) -> list[Recording]:
    """All recordings in a folder, read by the first reader that knows its layout; UserError where none does."""
    for holds, read in _LAYOUTS:
        if holds(folder):
            found = list(read(folder))
            if found:
                return found
    raise UserError(f"{folder} holds no motion capture that can be read: BVH, FBX, ASF/AMC, GLB, SMPL npz or features.")


def bandai_namco(folder: Path) -> Iterator[Recording]:
    """Bandai-Namco's `dataset-N_<content>_<style>_<number>.bvh`."""
    for path in files_below(folder, ".bvh"):
        if path.name.startswith("dataset-"):
            yield Recording(path.stem, partial(_bandai_clips, path))


def _bandai_clips(path: Path) -> list[Clip]:
    return [clip_of(path.stem, read_bvh(text_of(path), name=path.stem))]


def any_clips(folder: Path) -> Iterator[Recording]:
    """Every BVH and every FBX file, of any human skeleton."""
    yield from any_bvh(folder)
    yield from fbx_files(folder)


def _any(pattern: str) -> Callable[[Path], bool]:
    return lambda folder: next(folder.rglob(pattern), None) is not None


_LAYOUTS: tuple[tuple[Callable[[Path], bool], Callable[[Path], Iterable[Recording]]], ...] = (
    (_any("dataset-*_*.bvh"), bandai_namco),
    (_any("HDM_*.asf"), open_archives.hdm05),
    (_any("iclone/*/*.bvh"), open_archives.cmu_bvh),
    (_any("humanoid3d_*.txt"), open_archives.deepmimic_files),
    (_any("Med_*.glb"), open_archives.kaykit),
    (_any("*.amc"), open_archives.cmu_asf),
    (_any("*.npy"), feature_sets),
    (_any("*.npz"), amass),
    (lambda folder: bool(files_below(folder, ".bvh", ".fbx")), any_clips),
)
