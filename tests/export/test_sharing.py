"""Weights in common: left out of both graphs, written once, and the same when they are handed back."""

import numpy as np
import onnx
import pytest

from engine.bundle.providers import new_session
from export.precision import computed_in_int8, stored_as
from export.sharing import without_shared_weights
from tests.export.test_precision import CASES, RANDOM, ROWS, model_of


@pytest.fixture
def models():
    node, w, *_ = CASES["MatMul"]
    plain = stored_as(model_of(node, w), "int8")
    return plain, computed_in_int8(plain)


def test_both_are_small_and_what_they_share_stands_once(models):
    contents, weights = without_shared_weights(models, "w.safetensors")
    assert set(weights) == {"w.int8"}
    assert all(len(content) < 1500 for content in contents)
    for content in contents:
        tensors = {tensor.name: tensor for tensor in onnx.load_from_string(content).graph.initializer}
        assert tensors["w.int8"].data_location == onnx.TensorProto.EXTERNAL
        assert tensors["w.int8"].external_data[0].value == "w.safetensors"


def test_the_engine_computes_the_same_with_weights_handed_over(models):
    contents, weights = without_shared_weights(models, "w.safetensors")
    x = RANDOM.standard_normal((5, ROWS)).astype(np.float32)
    for model, content in zip(models, contents, strict=True):
        whole = new_session(model.SerializeToString(), "cpu", 1).run(None, {"x": x})[0]
        parted = new_session(content, "cpu", 1, weights).run(None, {"x": x})[0]
        np.testing.assert_array_equal(parted, whole)


def test_what_only_one_holds_stays_in_it(models):
    plain, integer = models
    for tensor in integer.graph.initializer:
        if tensor.name == "w.int8":
            tensor.CopyFrom(onnx.numpy_helper.from_array(1 - onnx.numpy_helper.to_array(tensor), tensor.name))
    contents, weights = without_shared_weights((plain, integer), "w.safetensors")
    assert weights == {}
    assert contents == [plain.SerializeToString(), integer.SerializeToString()]
