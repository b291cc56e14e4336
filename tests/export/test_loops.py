"""A beginning and a step, stitched into one graph: closed forms, any number of steps, weights outside the loop."""

import numpy as np
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

from export.loops import Loop, looped
from export.precision import stored_as

WIDTH = 40
WEIGHTS = np.random.default_rng(0).standard_normal((WIDTH, WIDTH)).astype(np.float32) / WIDTH


def model(nodes, inputs, outputs, constants):
    def info(name, shape):
        return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)

    graph = helper.make_graph(
        nodes,
        "part",
        [info(*value) for value in inputs.items()],
        [info(*value) for value in outputs.items()],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)


@pytest.fixture
def graph():
    """x ← x · w + slice + bias, over the rows of `numbers` doubled; both parts call their constants `w`."""
    beginning = model(
        [helper.make_node("Mul", ["numbers", "w"], ["doubled"])],
        {"numbers": ["S", 1]},
        {"doubled": ["S", 1]},
        {"w": np.float32([2.0])},
    )
    step = model(
        [
            helper.make_node("MatMul", ["x", "w"], ["turned"]),
            helper.make_node("Add", ["turned", "doubled"], ["sum"]),
            helper.make_node("Add", ["sum", "bias"], ["next"]),
        ],
        {"x": ["M", WIDTH], "doubled": [1], "bias": [WIDTH]},
        {"next": ["M", WIDTH]},
        {"w": WEIGHTS},
    )
    return looped(beginning, step, Loop("start", "x", "end", ("doubled",), ("bias",)))


def run(graph, **inputs):
    session = onnxruntime.InferenceSession(graph.SerializeToString(), providers=["CPUExecutionProvider"])
    return session.run(None, inputs)[0]


@pytest.mark.parametrize("steps", [1, 2, 9])
@pytest.mark.parametrize("rows", [1, 7])
def test_every_step_gets_its_slice_and_what_is_kept(graph, rows, steps):
    random = np.random.default_rng(1)
    start, bias = (random.standard_normal(shape).astype(np.float32) for shape in ((rows, WIDTH), (WIDTH,)))
    numbers = np.arange(1, steps + 1, dtype=np.float32)[:, None]
    expected = start
    for number in numbers:
        expected = expected @ WEIGHTS + 2 * number + bias
    np.testing.assert_allclose(run(graph, start=start, numbers=numbers, bias=bias), expected, rtol=1e-4, atol=1e-4)


def test_it_takes_and_gives_what_the_loop_names(graph):
    assert {value.name for value in graph.graph.input} == {"start", "numbers", "bias"}
    assert [value.name for value in graph.graph.output] == ["end"]


def test_the_steps_weights_can_be_stored_in_less(graph):
    small = stored_as(graph, "float16")
    assert len(small.SerializeToString()) < 0.7 * len(graph.SerializeToString())
    inputs = {
        "start": np.ones((2, WIDTH), np.float32),
        "numbers": np.ones((3, 1), np.float32),
        "bias": np.zeros(WIDTH, np.float32),
    }
    np.testing.assert_allclose(run(small, **inputs), run(graph, **inputs), rtol=1e-2, atol=1e-2)
