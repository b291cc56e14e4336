"""Models small enough to commit, whose every graph is a closed form: `python -m tests.engine.bundle.toy_bundle`.

The velocity is the exact one for data m ~ N(μ, σ²), so the sampler must turn noise ε into μ + σ·ε; μ depends on the
prompt and, in the masked family, on how much of the motion is known. Needs the package `onnx`; the folders `toy` and
`toy_flow` alone do not.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from engine.bundle import Manifest, Normalization, Preset, write_manifest
from engine.bundle.graphs import GRAPHS
from engine.motion import ms272
from engine.motion.motion import Motion
from engine.motion.rotations import IDENTITY_WXYZ
from engine.motion.skeleton import BODY

TOY = Path(__file__).parent / "toy"
TOY_FLOW = Path(__file__).parent / "toy_flow"
LATENT, CONDITION, WORD, FEATURE = 4, 6, 6, ms272.WIDTH
SIGMA = 0.25
SIZES = {"d": LATENT, "D": CONDITION, "W": WORD, "F": FEATURE}
SPECIAL_WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]
PLAIN_WORDS = ["a", "person", "walks", "forward", "backward", "waves", "slowly", "left", "right", "hand"]
VOCABULARY = SPECIAL_WORDS + PLAIN_WORDS
_TYPES = {"tensor(float)": TensorProto.FLOAT, "tensor(int64)": TensorProto.INT64, "tensor(bool)": TensorProto.BOOL}


def matrix(seed: int, *shape: int) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


EMBEDDINGS = matrix(1, len(VOCABULARY), WORD)
TO_MU = matrix(2, WORD, LATENT)
DECODER = matrix(3, LATENT, FEATURE)
ENCODER = np.linalg.pinv(DECODER).astype(np.float32)


def graph(name: str, nodes: list, constants: dict[str, np.ndarray], fixed: dict[str, int] | None = None) -> bytes:
    """An ONNX file with the signature that `engine.bundle.graphs` wants; `fixed` makes free dimensions constant."""
    sizes = SIZES | (fixed or {})

    def info(tensor_name: str, tensor: object) -> onnx.ValueInfoProto:
        shape = [sizes.get(letter, letter) for letter in tensor.dimensions]
        return helper.make_tensor_value_info(tensor_name, _TYPES[tensor.type], shape)

    signature = GRAPHS[name]
    model = helper.make_model(
        helper.make_graph(
            nodes,
            name,
            [info(key, tensor) for key, tensor in signature.inputs.items()],
            [info(key, tensor) for key, tensor in signature.outputs.items()],
            [numpy_helper.from_array(value, key) for key, value in constants.items()],
        ),
        opset_imports=[helper.make_opsetid("", 18)],
        ir_version=9,
    )
    onnx.checker.check_model(model)
    return model.SerializeToString()


def text_encoder() -> bytes:
    """words = table[input_ids] · attention_mask."""
    nodes = [
        helper.make_node("Gather", ["table", "input_ids"], ["found"]),
        helper.make_node("Cast", ["attention_mask"], ["mask"], to=TensorProto.FLOAT),
        helper.make_node("Unsqueeze", ["mask", "last"], ["mask_column"]),
        helper.make_node("Mul", ["found", "mask_column"], ["words"]),
    ]
    return graph("text_encoder", nodes, {"table": EMBEDDINGS, "last": np.array([-1])})


def transformer() -> bytes:
    """conditions_i = mean of the words that the mask lets through + mean of the known among the latents.

    attention_ij = 1 / number of such words.
    """
    nodes = [
        helper.make_node("Cast", ["words_mask"], ["mask"], to=TensorProto.FLOAT),
        helper.make_node("Unsqueeze", ["mask", "last"], ["mask_column"]),
        helper.make_node("Mul", ["words", "mask_column"], ["heard"]),
        helper.make_node("ReduceSum", ["heard", "middle"], ["sum"], keepdims=1),
        helper.make_node("ReduceSum", ["mask_column", "middle"], ["count"], keepdims=1),
        helper.make_node("Div", ["sum", "count"], ["pooled"]),  # (B, 1, D)
        helper.make_node("Squeeze", ["count", "last"], ["count_column"]),  # (B, 1)
        helper.make_node("And", ["known", "valid"], ["seen"]),
        helper.make_node("Cast", ["seen"], ["seen_float"], to=TensorProto.FLOAT),
        helper.make_node("Cast", ["valid"], ["valid_float"], to=TensorProto.FLOAT),
        helper.make_node("ReduceSum", ["seen_float", "last"], ["seen_count"], keepdims=1),
        helper.make_node("ReduceSum", ["valid_float", "last"], ["valid_count"], keepdims=1),
        helper.make_node("Div", ["seen_count", "valid_count"], ["share"]),
        helper.make_node("Unsqueeze", ["share", "last"], ["share_column"]),  # (B, 1, 1)
        helper.make_node("Add", ["pooled", "share_column"], ["one"]),
        helper.make_node("Unsqueeze", ["valid_float", "last"], ["valid_column"]),  # (B, l, 1)
        helper.make_node("Mul", ["one", "valid_column"], ["conditions"]),
        helper.make_node("Div", ["mask", "count_column"], ["weights"]),  # (B, L)
        helper.make_node("Unsqueeze", ["weights", "middle"], ["weights_row"]),
        helper.make_node("Mul", ["valid_column", "weights_row"], ["attention"]),
    ]
    return graph("transformer", nodes, {"last": np.array([-1]), "middle": np.array([1])})


def flow() -> bytes:
    """Euler steps with v(x, t) = (t − (1 − t)σ²) / ((1 − t)²σ² + t²) · (x − (1 − t)μ) − μ, μ = conditions · TO_MU.

    The velocity is linear in μ, so that guidance may mix the conditions in place of the velocities.
    """
    body = helper.make_graph(
        [
            helper.make_node("Sub", ["one", "t"], ["rest"]),
            helper.make_node("Mul", ["rest", "variance"], ["rest_variance"]),
            helper.make_node("Sub", ["t", "rest_variance"], ["above"]),
            helper.make_node("Mul", ["rest", "rest_variance"], ["below_data"]),
            helper.make_node("Mul", ["t", "t"], ["below_noise"]),
            helper.make_node("Add", ["below_data", "below_noise"], ["below"]),
            helper.make_node("Div", ["above", "below"], ["factor"]),
            helper.make_node("Mul", ["rest", "mu"], ["mean"]),
            helper.make_node("Sub", ["x", "mean"], ["away"]),
            helper.make_node("Mul", ["factor", "away"], ["pull"]),
            helper.make_node("Sub", ["pull", "mu"], ["velocity"]),
            helper.make_node("Mul", ["velocity", "length"], ["way"]),
            helper.make_node("Sub", ["x", "way"], ["next"]),
        ],
        "step",
        [
            helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
            for name, shape in (("x", ["M", LATENT]), ("t", [1]), ("length", [1]))
        ],
        [helper.make_tensor_value_info("next", TensorProto.FLOAT, ["M", LATENT])],
    )
    nodes = [
        helper.make_node("Sub", ["conditions", "null_conditions"], ["difference"]),
        helper.make_node("Unsqueeze", ["scale", "last"], ["scale_column"]),
        helper.make_node("Mul", ["difference", "scale_column"], ["guidance"]),
        helper.make_node("Add", ["null_conditions", "guidance"], ["guided"]),
        helper.make_node("MatMul", ["guided", "to_mu"], ["mu"]),
        helper.make_node("Slice", ["times", "first", "last"], ["begins"]),
        helper.make_node("Slice", ["times", "second", "far"], ["ends"]),
        helper.make_node("Sub", ["begins", "ends"], ["spans"]),
        helper.make_node("Unsqueeze", ["begins", "last"], ["begin_column"]),
        helper.make_node("Unsqueeze", ["spans", "last"], ["span_column"]),
        helper.make_node("Scan", ["noise", "begin_column", "span_column"], ["latents"], num_scan_inputs=2, body=body),
    ]
    constants = {
        "to_mu": TO_MU,
        "first": np.array([0]),
        "second": np.array([1]),
        "last": np.array([-1]),
        "far": np.array([2**31]),
        "one": np.float32([1]),
        "variance": np.float32([SIGMA**2]),
    }
    return graph("flow", nodes, constants)


def velocity() -> bytes:
    """v(x, t) as in `flow`, μ = mean of the words that the mask lets through · TO_MU; attention as in `transformer`."""
    nodes = [
        helper.make_node("Cast", ["words_mask"], ["mask"], to=TensorProto.FLOAT),
        helper.make_node("Cast", ["valid"], ["valid_float"], to=TensorProto.FLOAT),
        helper.make_node("Unsqueeze", ["mask", "last"], ["mask_column"]),
        helper.make_node("Unsqueeze", ["valid_float", "last"], ["valid_column"]),
        helper.make_node("Mul", ["words", "mask_column"], ["heard"]),
        helper.make_node("ReduceSum", ["heard", "middle"], ["sum"], keepdims=1),
        helper.make_node("ReduceSum", ["mask_column", "middle"], ["count"], keepdims=1),
        helper.make_node("Div", ["sum", "count"], ["pooled"]),  # (B, 1, W)
        helper.make_node("MatMul", ["pooled", "to_mu"], ["mu"]),
        helper.make_node("Unsqueeze", ["times", "two"], ["t"]),  # (B, 1, 1)
        helper.make_node("Sub", ["one", "t"], ["rest"]),
        helper.make_node("Mul", ["rest", "variance"], ["rest_variance"]),
        helper.make_node("Sub", ["t", "rest_variance"], ["above"]),
        helper.make_node("Mul", ["rest", "rest_variance"], ["below_data"]),
        helper.make_node("Mul", ["t", "t"], ["below_noise"]),
        helper.make_node("Add", ["below_data", "below_noise"], ["below"]),
        helper.make_node("Div", ["above", "below"], ["factor"]),
        helper.make_node("Mul", ["rest", "mu"], ["mean"]),
        helper.make_node("Sub", ["latents", "mean"], ["away"]),
        helper.make_node("Mul", ["factor", "away"], ["pull"]),
        helper.make_node("Sub", ["pull", "mu"], ["velocities"]),
        helper.make_node("Squeeze", ["count", "last"], ["count_column"]),
        helper.make_node("Div", ["mask", "count_column"], ["weights"]),
        helper.make_node("Unsqueeze", ["weights", "middle"], ["weights_row"]),
        helper.make_node("Mul", ["valid_column", "weights_row"], ["attention"]),
    ]
    constants = {
        "to_mu": TO_MU,
        "last": np.array([-1]),
        "middle": np.array([1]),
        "two": np.array([1, 2]),
        "one": np.float32([1]),
        "variance": np.float32([SIGMA**2]),
    }
    return graph("velocity", nodes, constants)


def decoder(fixed: dict[str, int] | None = None) -> bytes:
    """Each latent gives four equal frames: latents · DECODER."""
    nodes = [
        helper.make_node("MatMul", ["latents", "matrix"], ["frames"]),
        helper.make_node("Concat", ["frames"] * 4, ["wide"], axis=2),
        helper.make_node("Reshape", ["wide", "shape"], ["features"]),
    ]
    return graph("decoder", nodes, {"matrix": DECODER, "shape": np.array([0, -1, FEATURE])}, fixed)


def encoder() -> bytes:
    """The mean of four frames · ENCODER, the decoder's pseudo-inverse."""
    nodes = [
        helper.make_node("Reshape", ["features", "shape"], ["fours"]),
        helper.make_node("ReduceMean", ["fours", "third"], ["mean"], keepdims=0),
        helper.make_node("MatMul", ["mean", "matrix"], ["latents"]),
    ]
    constants = {"matrix": ENCODER, "shape": np.array([0, -1, 4, FEATURE]), "third": np.array([2])}
    return graph("encoder", nodes, constants)


def tokenizer() -> str:
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

    result = Tokenizer(models.WordPiece({word: i for i, word in enumerate(VOCABULARY)}, unk_token="[UNK]"))
    result.normalizer = normalizers.BertNormalizer()
    result.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    result.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    return result.to_str()


PRESETS = {
    "masked-ar": {"draft": Preset(2.0, 2, 8), "standard": Preset(2.0, 4, 5), "best": Preset(2.0, 8, 2)},
    "flow": {
        "draft": Preset(2.0, 4, solver="euler", time_grid="uniform"),
        "standard": Preset(2.0, 8, solver="midpoint", time_grid="dense-at-data"),
        "best": Preset(2.0, 16, solver="heun", time_grid="uniform", sink_control=1.0),
    },
}


def manifest(family: str = "masked-ar") -> Manifest:
    standing = Motion(
        np.tile(IDENTITY_WXYZ, (2, len(BODY.joint_names), 1)),
        np.tile(BODY.rest_offsets[0], (2, 1)),
        np.ones((2, 4)),
        ms272.FPS,
    )
    mean = tuple(round(float(value), 6) for value in ms272.encode(standing)[0])
    return Manifest(
        name="toy",
        version="1",
        latent_width=LATENT,
        condition_width=CONDITION,
        word_width=WORD,
        max_seconds=10.0,
        default_seconds=2.0,
        normalization=Normalization(mean, (0.02,) * FEATURE),
        presets=PRESETS[family],
        family=family,
        sink_reference=0.25 if family == "flow" else None,
        vocabulary_notes="Fourteen words.",
        license="CC0-1.0",
        attributions=("Made by tests/engine/bundle/toy_bundle.py.",),
        opset=18,
    )


def write_toy(folder: Path, family: str = "masked-ar") -> Path:
    """Write the toy bundle of a family into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    of_family = (velocity,) if family == "flow" else (transformer, flow)
    for make in (text_encoder, *of_family, decoder, encoder):
        (folder / f"{make.__name__}.onnx").write_bytes(make())
    (folder / "tokenizer.json").write_text(tokenizer(), encoding="utf-8", newline="\n")
    write_manifest(folder, manifest(family))
    return folder


if __name__ == "__main__":
    write_toy(TOY)
    write_toy(TOY_FLOW, "flow")
