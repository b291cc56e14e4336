"""The safetensors format, byte by byte, and files that only pretend to be in it."""

import contextlib
import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.bundle.weights import read_weights
from engine.errors import UserError


def written(header, data):
    text = json.dumps(header).encode("utf-8")
    return len(text).to_bytes(8, "little") + text + data


def entry(dtype, shape, start, end):
    return {"dtype": dtype, "shape": shape, "data_offsets": [start, end]}


def test_literal_bytes():
    content = written(
        {"__metadata__": {"by": "hand"}, "w": entry("I8", [2, 2], 0, 4), "scale": entry("F32", [1], 4, 8)},
        b"\x01\xff\x02\x00" + np.float32(0.5).tobytes(),
    )
    found = read_weights(content, "w.safetensors")
    assert set(found) == {"w", "scale"}
    np.testing.assert_array_equal(found["w"], np.int8([[1, -1], [2, 0]]))
    np.testing.assert_array_equal(found["scale"], np.float32([0.5]))
    assert not found["w"].flags.writeable


def test_what_the_library_writes_is_read():
    library = pytest.importorskip("safetensors.numpy")
    random = np.random.default_rng(0)
    arrays = {
        "half": random.standard_normal((3, 5)).astype(np.float16),
        "whole": random.integers(-128, 128, (7,)).astype(np.int8),
        "single": random.standard_normal((2, 1, 2)).astype(np.float32),
        "nothing": np.zeros((0, 4), np.float32),
    }
    found = read_weights(library.save(arrays), "w.safetensors")
    assert set(found) == set(arrays)
    for name, array in arrays.items():
        assert found[name].dtype == array.dtype
        np.testing.assert_array_equal(found[name], array)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff" * 8,
        (10**15).to_bytes(8, "little") + b"{}",
        (2).to_bytes(8, "little") + b"[]",
        written({"w": entry("BF16", [2], 0, 4)}, bytes(4)),
        written({"w": entry("I8", [5], 0, 4)}, bytes(4)),
        written({"w": entry("I8", [8], 0, 8)}, bytes(4)),
        written({"w": entry("I8", [4], -4, 0)}, bytes(4)),
        written({"w": entry("I8", [-1, -4], 0, 4)}, bytes(4)),
        written({"w": {"dtype": "I8"}}, bytes(4)),
        written({"w": entry("I8", ["4"], 0, 4)}, bytes(4)),
    ],
)
def test_damage_is_a_sentence(content):
    with pytest.raises(UserError, match=r"^w.safetensors holds no weights .*\.$"):
        read_weights(content, "w.safetensors")


@given(st.binary(max_size=200))
def test_any_bytes_are_weights_or_a_sentence(content):
    with contextlib.suppress(UserError):
        read_weights(content, "w.safetensors")
