"""A loop of steps as one ONNX graph: a beginning that is computed once, and a step that is run over its slices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import onnx
from onnx import TensorProto, helper


@dataclass(frozen=True)
class Loop:
    """Names of values. state: given as the input `initial`, carried through the steps, and the graph's output `result`.

    sliced: outputs of the beginning of which each step gets one slice. kept: what each step gets whole.
    """

    initial: str
    state: str
    result: str
    sliced: Sequence[str]
    kept: Sequence[str]


def looped(beginning: onnx.ModelProto, step: onnx.ModelProto, loop: Loop) -> onnx.ModelProto:
    """The graph of `beginning`'s inputs, `initial` and `kept`, in which `step` gives the next state (ONNX's Scan).

    `step` takes the state, the slices and what is kept, by these names, and gives one output.
    """
    body, weights = _body(step.graph, loop)
    scan = helper.make_node(
        "Scan", [loop.initial, *loop.sliced], [loop.result], num_scan_inputs=len(loop.sliced), body=body
    )
    inputs = {value.name: value for value in (*step.graph.input, *beginning.graph.input)}
    state = inputs[loop.state]
    given = [name for name in loop.kept if name not in {value.name for value in beginning.graph.output}]
    graph = helper.make_graph(
        [*beginning.graph.node, scan],
        "loop",
        [_named(state, loop.initial), *beginning.graph.input, *(inputs[name] for name in given)],
        [_named(state, loop.result)],
        [*beginning.graph.initializer, *weights],
    )
    model = helper.make_model(graph, opset_imports=beginning.opset_import, ir_version=beginning.ir_version)
    onnx.checker.check_model(model)
    return model


def _body(step: onnx.GraphProto, loop: Loop) -> tuple[onnx.GraphProto, list[TensorProto]]:
    """The step with names of its own, and its weights, which move to the graph around it."""
    own = {"": "", **{name: name for name in loop.kept}}

    def renamed(name: str) -> str:
        return own.get(name, f"step.{name}")

    nodes = []
    for node in step.node:
        copy = onnx.NodeProto.FromString(node.SerializeToString())
        copy.name = renamed(node.name)
        copy.input[:] = [renamed(name) for name in node.input]
        copy.output[:] = [renamed(name) for name in node.output]
        nodes.append(copy)
    inputs = {value.name: value for value in step.input}
    carried = [_named(inputs[name], renamed(name)) for name in (loop.state, *loop.sliced)]
    weights = []
    for tensor in step.initializer:
        copy = TensorProto.FromString(tensor.SerializeToString())
        copy.name = renamed(tensor.name)
        weights.append(copy)
    result = _named(step.output[0], renamed(step.output[0].name))
    return helper.make_graph(nodes, "step", carried, [result]), weights


def _named(value: onnx.ValueInfoProto, name: str) -> onnx.ValueInfoProto:
    copy = onnx.ValueInfoProto.FromString(value.SerializeToString())
    copy.name = name
    return copy
