"""Execution providers of ONNX Runtime: which exist, which work, and the session options of the one in use.

A provider that is compiled in need not work: libraries, driver or card may be missing, and ONNX Runtime then falls back
to the CPU without a word. So each is tried with one small matrix product; one that fails is told of in a sentence of
the log, the next is taken, and what was chosen is what runs.
"""

from __future__ import annotations

import base64
import contextlib
import functools
import io
import logging
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.bundle.graphs import Graph
from engine.errors import UserError

PROVIDERS: Mapping[str, str] = {
    "cpu": "CPUExecutionProvider",
    "cuda": "CUDAExecutionProvider",
    "tensorrt": "TensorrtExecutionProvider",
    "directml": "DmlExecutionProvider",
    "migraphx": "MIGraphXExecutionProvider",
    "coreml": "CoreMLExecutionProvider",
    "openvino": "OpenVINOExecutionProvider",
}
AUTO_ORDER = ("cuda", "directml", "migraphx", "cpu")
"""TensorRT builds its engines for minutes, CoreML compiles anew for each length: both only where asked for."""

_NEXT: Mapping[str, str] = {"tensorrt": "cuda"}
"""What is tried in the place of a provider that fails; the CPU where nothing stands."""

_log = logging.getLogger("motionwright.providers")

_REMEDIES = {
    "cuda": 'pip install "motionwright[cuda]" and a current NVIDIA driver',
    "tensorrt": 'pip install "motionwright[tensorrt]" and a current NVIDIA driver',
}

# y = x · x for square matrices, ONNX opset 17; written out because the package `onnx` is no dependency of the engine.
_PRODUCT = base64.b64decode(
    "CAg6RAoRCgF4CgF4EgF5IgZNYXRNdWwSAXBaFQoBeBIQCg4IARIKCgMSAW4KAxIBbmIVCgF5EhAKDggBEgoKAxIBbgoDEgFuQgQKABAR"
)
_FATAL = 4


def onnxruntime() -> Any:
    """The module, imported on first use and silenced: its warnings mean nothing to an animator."""
    import onnxruntime as module

    module.set_default_logger_severity(_FATAL)
    return module


def compiled_in() -> tuple[str, ...]:
    """Our names of the providers that this ONNX Runtime was built with, best first."""
    names = {full: short for short, full in PROVIDERS.items()}
    return tuple(names[full] for full in onnxruntime().get_available_providers() if full in names)


@functools.cache
def failure(provider: str) -> str | None:
    """Why `provider` does not work here, in a few words; None where it does."""
    if provider not in compiled_in():
        return "this ONNX Runtime was built without it"
    with contextlib.redirect_stdout(io.StringIO()):  # it prints the names of libraries that it can't find
        try:
            if provider in ("cuda", "tensorrt") and hasattr(onnxruntime(), "preload_dlls"):
                onnxruntime().preload_dlls()
            session = product_session(provider, threads=1)
            if session.get_providers()[0] != PROVIDERS[provider]:
                return "its libraries or its device are missing"
            session.run(None, {"x": np.eye(2, dtype=np.float32)})
        except Exception as error:
            return first_line(error)
    return None


def choose(wanted: str) -> str:
    """The provider for `wanted`: “auto” gives the best that works, a name gives that one or what stands in for it.

    UserError for a name that is none. Where what was named does not work, a warning says so and what is used instead.
    """
    if wanted == "auto":
        return next(name for name in AUTO_ORDER if name == "cpu" or failure(name) is None)
    if wanted not in PROVIDERS:
        raise UserError(f"There is no provider “{wanted}”; choose auto, {', '.join(PROVIDERS)}.")
    chosen = wanted
    while chosen != "cpu" and (reason := failure(chosen)):
        chosen = substitute(chosen, reason)
    return chosen


def substitute(provider: str, reason: str) -> str:
    """The provider to try in the place of one that failed; the log tells of it in one sentence."""
    instead = _NEXT.get(provider, "cpu")
    remedy = f"; it needs {_REMEDIES[provider]}" if provider in _REMEDIES else ""
    _log.warning("The provider “%s” does not work here (%s), %s is used instead%s.", provider, reason, instead, remedy)
    return instead


@dataclass(frozen=True)
class Purpose:
    """What a session is for, where a provider prepares for that. cache_key: of the bundle. graph: its signature.

    sizes: the least and the most of every dimension, by letter.
    """

    cache_key: str
    graph: Graph
    sizes: Mapping[str, tuple[int, int]]


def new_session(
    model: bytes,
    provider: str,
    threads: int | None,
    weights: Mapping[str, NDArray[Any]] = MappingProxyType({}),
    purpose: Purpose | None = None,
) -> Any:
    """A session of the ONNX `model` that runs on `provider`; the CPU takes operators that another one lacks.

    weights: what the model leaves out, by name.
    """
    module = onnxruntime()
    options = module.SessionOptions()
    options.log_severity_level = _FATAL
    # Each graph has its own pool of threads. Between the operators of a run its threads wait awake, but not for long:
    # measured on two cores, 50 µs are as fast as the default on an idle machine, where sleeping costs a half more, and
    # on a busy one as slow as sleeping, where the default takes four times as long. After the run they sleep at once.
    options.add_session_config_entry("session.intra_op.spin_duration_us", "50")
    options.add_session_config_entry("session.force_spinning_stop", "1")
    # On x86 processors without VNNI, sums of products of 8-bit integers would overflow; this takes the slower ones.
    options.add_session_config_entry("session.x64quantprecision", "1")
    if threads is not None:
        options.intra_op_num_threads = threads
    values = {name: module.OrtValue.ortvalue_from_numpy(value) for name, value in weights.items()}
    options.add_external_initializers(list(values), list(values.values()))
    chain = [(PROVIDERS[provider], _provider_options(provider, purpose))]
    if provider != "cpu":
        chain.append((PROVIDERS["cpu"], {}))
    return module.InferenceSession(model, options, providers=chain, enable_fallback=0)


def product_session(provider: str, threads: int | None) -> Any:
    """A session that gives y = x · x for a square float32 matrix x: shows that a provider works, and how fast."""
    return new_session(_PRODUCT, provider, threads)


def first_line(error: BaseException) -> str:
    """The first line of an error of ONNX Runtime, without the place in its source code."""
    line = (str(error).strip() or type(error).__name__).splitlines()[0]
    line = re.sub(r"^/\S+:\d+ .*?\) (?=[A-Z])", "", line.removeprefix("[ONNXRuntimeError] : "))
    return line[:200].strip()


def _provider_options(provider: str, purpose: Purpose | None) -> dict[str, str]:
    if provider == "cuda":
        # Lengths change from motion to motion: an exhaustive search for each would cost more than it gains, and memory
        # taken in powers of two would fill a card that others need too.
        return {"cudnn_conv_algo_search": "HEURISTIC", "arena_extend_strategy": "kSameAsRequested"}
    if provider != "tensorrt" or purpose is None:
        return {}
    folder = _cache_folder() / "tensorrt" / f"{purpose.cache_key}-{_driver_version()}"
    folder.mkdir(parents=True, exist_ok=True)
    return {
        "trt_engine_cache_enable": "1",
        "trt_engine_cache_path": str(folder),
        "trt_timing_cache_enable": "1",
        "trt_timing_cache_path": str(folder),
        **_shape_profile(purpose),
    }


def _shape_profile(purpose: Purpose) -> dict[str, str]:
    """One engine for all lengths and batches: without it TensorRT builds another for each that it has not seen."""

    def shapes(end: int) -> str:
        return ",".join(
            f"{name}:{'x'.join(str(purpose.sizes[letter][end]) for letter in tensor.dimensions)}"
            for name, tensor in purpose.graph.inputs.items()
        )

    return {
        "trt_profile_min_shapes": shapes(0),
        "trt_profile_opt_shapes": shapes(1),
        "trt_profile_max_shapes": shapes(1),
    }


@functools.cache
def _driver_version() -> str:
    """The version of NVIDIA's driver, as it may stand in the name of a folder; “unknown” where it can't be asked."""
    program = shutil.which("nvidia-smi")
    if program is None:
        return "unknown"
    command = [program, "--query-gpu=driver_version", "--format=csv,noheader"]
    try:
        window = getattr(subprocess, "CREATE_NO_WINDOW", 0)  # or Windows flashes a console
        answer = subprocess.run(
            command, capture_output=True, text=True, timeout=10, check=True, creationflags=window
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return "unknown"
    return re.sub(r"[^0-9.]+", "-", answer.strip().partition("\n")[0]) or "unknown"


def _cache_folder() -> Path:
    """Where this user's caches lie on this system."""
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local"))
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"))
    return base / "motionwright"
