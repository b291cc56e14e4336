"""Weights in less: what is stored in closed form, and that ONNX Runtime computes with just that."""

from __future__ import annotations

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from engine.bundle.providers import new_session
from export.precision import computed_in_int8, stored_as

ROWS, COLUMNS = 72, 48
RANDOM = np.random.default_rng(0)
# Channels of very different size, one of them silent: what one scale for all would drown.
CHANNELS = np.geomspace(1e-3, 10.0, ROWS).astype(np.float32)
CHANNELS[7] = 0.0


def weights(axis, shape):
    """Random weights whose channels along `axis` differ in size."""
    scaled = CHANNELS[: shape[axis]].reshape([-1 if i == axis % len(shape) else 1 for i in range(len(shape))])
    return (RANDOM.standard_normal(shape).astype(np.float32) * scaled).astype(np.float32)


# operator → (node, weights, axis of channels, input, what it computes in float64)
CASES = {
    "MatMul": (
        helper.make_node("MatMul", ["x", "w"], ["y"]),
        weights(1, (ROWS, COLUMNS)),
        1,
        RANDOM.standard_normal((5, ROWS)),
        lambda x, w: x @ w,
    ),
    "Gemm": (
        helper.make_node("Gemm", ["x", "w"], ["y"]),
        weights(1, (ROWS, COLUMNS)),
        1,
        RANDOM.standard_normal((5, ROWS)),
        lambda x, w: x @ w,
    ),
    "Conv": (
        helper.make_node("Conv", ["x", "w"], ["y"], kernel_shape=[3]),
        weights(0, (COLUMNS, 16, 3)),
        0,
        RANDOM.standard_normal((1, 16, 9)),
        lambda x, w: np.stack([np.einsum("bit,oit->bo", x[:, :, n : n + 3], w) for n in range(7)], axis=-1),
    ),
    "Gather": (
        helper.make_node("Gather", ["w", "x"], ["y"]),
        weights(0, (COLUMNS, ROWS)),
        0,
        np.array([[3, 7, 47], [0, 1, 1]]),
        lambda x, w: w[x],
    ),
}


def model_of(node, w):
    integers = node.op_type == "Gather"
    rank = 3 if node.op_type == "Conv" else 2
    graph = helper.make_graph(
        [node],
        "one",
        [helper.make_tensor_value_info("x", TensorProto.INT64 if integers else TensorProto.FLOAT, [None] * rank)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [None] * (w.ndim + 1 if integers else rank))],
        [numpy_helper.from_array(w, "w")],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)


def stored(model):
    return {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}


def computed(model, x):
    # The engine's own session: a plain one lets sums of 8-bit products overflow on processors without VNNI.
    session = new_session(model.SerializeToString(), "cpu", threads=1)
    return session.run(None, {"x": x if x.dtype == np.int64 else x.astype(np.float32)})[0]


@pytest.fixture(params=CASES)
def case(request):
    return CASES[request.param]


def test_int8_is_a_scale_for_each_channel_and_off_by_half_of_it_at_most(case):
    node, w, axis, _, _ = case
    tensors = stored(stored_as(model_of(node, w), "int8"))
    assert set(tensors) == {"w.int8", "w.scale"}
    q, scale = tensors["w.int8"], tensors["w.scale"]
    assert (q.dtype, scale.dtype) == (np.int8, np.float32)
    kept = tuple(size if i == axis else 1 for i, size in enumerate(w.shape))
    assert scale.shape == ((COLUMNS,) if node.op_type in ("MatMul", "Gemm") else kept)
    scale = scale.reshape(kept)
    others = tuple(i for i in range(w.ndim) if i != axis)
    np.testing.assert_allclose(scale, np.maximum(np.abs(w).max(axis=others, keepdims=True) / 127.0, 1e-12), rtol=1e-6)
    assert (np.abs(scale.astype(np.float64) * q - w) <= 0.5 * scale.astype(np.float64) * (1 + 1e-4)).all()
    largest = np.abs(q.astype(int)).max(axis=others)
    assert (largest[np.abs(w).max(axis=others) > 0] == 127).all()
    assert (largest[np.abs(w).max(axis=others) == 0] == 0).all()


def test_float16_is_the_nearest_half(case):
    node, w, _, _, _ = case
    tensors = stored(stored_as(model_of(node, w), "float16"))
    assert set(tensors) == {"w.half"}
    np.testing.assert_array_equal(tensors["w.half"], w.astype(np.float16))


def test_what_is_named_stays_float16_in_int8(case):
    node, w, _, _, _ = case
    assert set(stored(stored_as(model_of(node, w), "int8", in_half=("w",)))) == {"w.half"}
    assert set(stored(stored_as(model_of(node, w), "int8", in_half=("v", "weights")))) == {"w.int8", "w.scale"}
    assert set(stored(stored_as(model_of(node, w), "float32", in_half=("w",)))) == {"w"}


@pytest.mark.parametrize("storage", ["float32", "float16", "int8"])
def test_onnx_runtime_computes_with_what_is_stored(case, storage):
    node, w, _, x, expected = case
    model = stored_as(model_of(node, w), storage)
    tensors = stored(model)
    kept = {
        "float32": lambda: tensors["w"].astype(np.float64),
        "float16": lambda: tensors["w.half"].astype(np.float64),
        "int8": lambda: tensors["w.int8"].astype(np.float64) * tensors["w.scale"].astype(np.float64),
    }[storage]()
    np.testing.assert_allclose(computed(model, x), expected(x, kept), rtol=1e-4, atol=1e-4)


def test_the_model_given_stays_as_it_was(case):
    node, w, _, _, _ = case
    model = model_of(node, w)
    before = model.SerializeToString()
    for storage in ("float32", "float16", "int8"):
        assert stored_as(model, storage) is not model
        assert model.SerializeToString() == before


def test_a_transposed_product_is_turned():
    """Gemm's (N, K) becomes (K, N), which the integer product wants."""
    w, x = weights(0, (COLUMNS, ROWS)), RANDOM.standard_normal((5, ROWS))
    for storage in ("float16", "int8"):
        model = stored_as(model_of(helper.make_node("Gemm", ["x", "w"], ["y"], transB=1), w), storage)
        assert next(iter(stored(model).values())).shape == (ROWS, COLUMNS)
        np.testing.assert_allclose(computed(model, x), x @ w.T, rtol=0.02, atol=0.02 * np.abs(x @ w.T).max())


@pytest.mark.parametrize("biased", [False, True])
def test_integer_products_are_as_exact_as_eight_bits(biased):
    """The error of x is at most half a step of its range / 255, that of w half its scale; summed over K of them."""
    w, bias, x = (
        weights(1, (ROWS, COLUMNS)),
        RANDOM.standard_normal(COLUMNS).astype(np.float32),
        RANDOM.random((5, ROWS)),
    )
    model = model_of(helper.make_node("Gemm", ["x", "w", *(["bias"] if biased else [])], ["y"]), w)
    model.graph.initializer.append(numpy_helper.from_array(bias, "bias"))
    plain = stored_as(model, "int8")
    integer = computed_in_int8(plain)
    assert [node.op_type for node in integer.graph.node].count("MatMulInteger") == 1
    assert set(stored(integer)) == set(stored(plain))
    expected = x @ w.astype(np.float64) + (bias if biased else 0.0)
    step = x.max() / 255
    limit = ROWS * (0.5 * step * np.abs(w).max(0) + (x.max() + step) * 0.5 * np.abs(w).max(0) / 127)
    assert (np.abs(computed(integer, x) - expected) <= limit + 1e-5).all()
    assert np.abs(computed(integer, x) - expected).max() > 0


def test_only_products_of_int8_weights_become_integer_products():
    for node, w, _, x, _ in (CASES["Conv"], CASES["Gather"]):
        model = stored_as(model_of(node, w), "int8")
        assert computed_in_int8(model) == model
        np.testing.assert_array_equal(computed(computed_in_int8(model), x), computed(model, x))


def test_a_weight_that_something_else_reads_too_is_restored_for_it():
    graph = model_of(helper.make_node("MatMul", ["x", "w"], ["product"]), weights(1, (ROWS, COLUMNS)))
    graph.graph.node.extend(
        [helper.make_node("ReduceSum", ["w"], ["sum"], keepdims=0), helper.make_node("Add", ["product", "sum"], ["y"])]
    )
    model = computed_in_int8(stored_as(graph, "int8"))
    x = RANDOM.standard_normal((5, ROWS))
    w = stored(model)["w.int8"] * stored(model)["w.scale"]
    np.testing.assert_allclose(computed(model, x), x @ w + w.sum(), atol=0.05 * np.abs(w).max() * ROWS)


def test_a_table_of_which_rows_are_read_is_never_whole_in_float32():
    node, w, _, _, _ = CASES["Gather"]
    model = stored_as(model_of(node, w), "int8")
    assert [node.op_type for node in model.graph.node] == ["Gather", "Gather", "Cast", "Mul"]


def test_it_really_is_smaller(case):
    node, w, _, _, _ = case
    sizes = [len(stored_as(model_of(node, w), storage).SerializeToString()) for storage in ("float32", "float16")]
    sizes.append(len(stored_as(model_of(node, w), "int8").SerializeToString()))
    assert sizes[1] < 0.6 * sizes[0]
    assert sizes[2] < 0.75 * sizes[1]


@pytest.mark.parametrize("storage", ["float16", "int8"])
def test_few_numbers_and_whole_numbers_stay(storage):
    node = helper.make_node("MatMul", ["x", "w"], ["y"])
    small = RANDOM.standard_normal((31, 33)).astype(np.float32)  # 1,023 numbers
    assert set(stored(stored_as(model_of(node, small), storage))) == {"w"}
    whole = np.arange(2000, dtype=np.int64)
    model = model_of(helper.make_node("Gather", ["w", "x"], ["y"]), whole)
    model.graph.output[0].type.tensor_type.elem_type = TensorProto.INT64  # the node gives what the table holds
    np.testing.assert_array_equal(stored(stored_as(model, storage))["w"], whole)


def test_weights_without_channels_are_halved_where_int8_is_asked_for():
    w = weights(1, (ROWS, COLUMNS))
    for node in (helper.make_node("Add", ["x", "w"], ["y"]), helper.make_node("MatMul", ["w", "x"], ["y"])):
        model = stored_as(model_of(node, w), "int8")
        np.testing.assert_array_equal(stored(model)["w.half"], w.astype(np.float16))
    x = RANDOM.standard_normal((COLUMNS, 3))
    np.testing.assert_allclose(computed(model, x), w.astype(np.float16).astype(np.float64) @ x, rtol=1e-3, atol=1e-3)


def test_one_weight_read_twice_is_stored_once():
    w = weights(1, (ROWS, ROWS))
    graph = model_of(helper.make_node("MatMul", ["x", "w"], ["half way"]), w)
    graph.graph.node.append(helper.make_node("MatMul", ["half way", "w"], ["y"]))
    model = stored_as(graph, "int8")
    assert len(model.graph.initializer) == 2
    kept = stored(model)["w.int8"] * stored(model)["w.scale"].astype(np.float64)
    x = RANDOM.standard_normal((2, ROWS))
    np.testing.assert_allclose(computed(model, x), x @ kept @ kept, rtol=1e-3, atol=1e-3)


def test_the_names_of_the_graph_stay():
    node, w, _, _, _ = CASES["MatMul"]
    model = stored_as(model_of(node, w), "int8")
    assert [value.name for value in model.graph.input] == ["x"]
    assert [value.name for value in model.graph.output] == ["y"]
    onnx.checker.check_model(model)
