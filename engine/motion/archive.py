"""Reading the arrays of an `.npz` that came from anywhere: without pickle, and never more than was allowed.

A zip archive says how large its entries are; a bomb lies, or says the truth. So an entry's claimed size is checked
before it is opened, no more than that is ever decompressed, and an array's header must account for every byte.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

_MOST_ENTRIES = 64


class ArchiveError(ValueError):
    """The archive is damaged, or asks for more than it may; the message says which entry."""


def read_arrays(file: IO[bytes], largest_bytes: Mapping[str, int]) -> dict[str, NDArray[Any]]:
    """The named arrays of an archive, each of at most so many bytes; ArchiveError where one is missing or too large.

    Other entries are left alone. Whatever zipfile and zlib raise for damaged bytes comes through.
    """
    with zipfile.ZipFile(file) as archive:
        if len(archive.infolist()) > _MOST_ENTRIES:
            raise ArchiveError(f"it has more than {_MOST_ENTRIES} entries")
        return {name: _read_array(archive, name, largest) for name, largest in largest_bytes.items()}


def _read_array(archive: zipfile.ZipFile, name: str, largest_bytes: int) -> NDArray[Any]:
    try:
        entry = archive.getinfo(f"{name}.npy")
    except KeyError:
        raise ArchiveError(f"“{name}” is missing") from None
    if entry.file_size > largest_bytes:
        raise ArchiveError(f"“{name}” is larger than a motion needs")
    with archive.open(entry) as stream:
        content = stream.read(entry.file_size)
    return _parse(content, name)


def _parse(content: bytes, name: str) -> NDArray[Any]:
    """The array of an `.npy`, of plain numbers or text; its header must account for every byte."""
    buffer = io.BytesIO(content)
    version = np.lib.format.read_magic(buffer)
    if version not in ((1, 0), (2, 0)):
        raise ArchiveError(f"“{name}” is of an unknown version of the npy format")
    read_header = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, fortran_order, dtype = read_header(buffer)
    if dtype.hasobject or dtype.kind not in "biufU":
        raise ArchiveError(f"“{name}” holds {dtype}, not numbers or text")
    count = 1
    for length in shape:
        count *= length
    start = buffer.tell()
    if min(shape, default=1) < 0 or count * dtype.itemsize != len(content) - start:
        raise ArchiveError(f"“{name}” is not as long as it says")
    if count == 0:
        return np.empty(shape, dtype)
    return np.frombuffer(content, dtype, count, start).reshape(shape, order="F" if fortran_order else "C")
