"""What the engine needs, looked at one by one: each finding says what was found and what to do about it.

Other rooms add findings through the entry-point group `motionwright.doctor`: callables without arguments that return
(name, found, ok, hint).
"""

from __future__ import annotations

import os
import platform
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path

from engine.errors import UserError

ENTRY_POINT_GROUP = "motionwright.doctor"
_TEST_PROMPT = "a person walks forward"


@dataclass(frozen=True)
class Finding:
    """ok is false where the main job, a prompt to keyframes, can't be done. hint: what to do; may be empty."""

    name: str
    found: str
    ok: bool
    hint: str = ""


def examine(model: Path | None, provider: str) -> Iterator[Finding]:
    """Every finding, as it is made."""
    yield _python()
    yield from _model_findings(model, provider)
    yield _folder("Current folder", Path.cwd(), "Go to a folder that you can write to, or name one with -o.")
    yield _folder(
        "Temporary folder", Path(tempfile.gettempdir()), "Set TMPDIR (TEMP on Windows) to a folder with room."
    )
    for entry in sorted(entry_points(group=ENTRY_POINT_GROUP), key=lambda entry: entry.name):
        yield _contributed(entry)


def _python() -> Finding:
    version = platform.python_version()
    ok = (3, 11) <= sys.version_info < (3, 14)
    return Finding("Python", f"{version}, {platform.system()} {platform.machine()}", ok, "Use Python 3.11 to 3.13.")


def _model_findings(model: Path | None, provider: str) -> Iterator[Finding]:
    """ONNX Runtime, the provider, the bundle, and a second of motion made with all three."""
    try:
        from engine.bundle import providers

        yield Finding("ONNX Runtime", providers.onnxruntime().__version__, True)
        for name in providers.compiled_in():
            yield Finding(
                f"Provider {name}",
                "works" if (reason := providers.failure(name)) is None else f"not usable: {reason}",
                True,
            )
    except ImportError as error:
        yield Finding(
            "ONNX Runtime", f"not importable ({error})", False, "Install it: pip install --upgrade motionwright"
        )
        return
    try:
        yield Finding("Provider in use", providers.choose(provider), True)
    except UserError as error:
        yield Finding("Provider in use", "none", False, str(error))
        return
    yield from _bundle_findings(model, provider)


def _bundle_findings(model: Path | None, provider: str) -> Iterator[Finding]:
    from engine.bundle.bundle import DEFAULT_BUNDLE, Bundle
    from engine.generator import Engine
    from engine.requests import GenerationRequest, Prompt, SamplingOptions

    try:
        bundle = Bundle(model or DEFAULT_BUNDLE, provider)
        bundle.load_all()
        manifest = bundle.manifest
        yield Finding(
            "Model", f"{manifest.name} {manifest.version}, {bundle.size_bytes / 1e6:.1f} MB, hashes right", True
        )
        yield Finding("Model's licence", manifest.license, True)
        request = GenerationRequest((Prompt(_TEST_PROMPT, min(1.0, manifest.max_seconds)),), SamplingOptions(seed=0))
        started = time.perf_counter()
        frames = len(Engine(bundle).generate(request)[0])
        elapsed = time.perf_counter() - started
        yield Finding("Test motion", f"{frames} frames in {elapsed:.2f} s on {bundle.provider}", True)
    except UserError as error:
        yield Finding("Model", "not usable", False, str(error))


def _folder(name: str, folder: Path, hint: str) -> Finding:
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"motionwright")
    except OSError as error:
        return Finding(name, f"{folder} can't be written to ({error.strerror})", False, hint)
    return Finding(name, f"{folder}{os.sep} can be written to", True)


def _contributed(entry: EntryPoint) -> Finding:
    """The finding of another room; a look that fails is itself a finding, so that the others are still shown."""
    try:
        name, found, ok, hint = entry.load()()
        return Finding(str(name), str(found), bool(ok), str(hint))
    except Exception as error:
        return Finding(entry.name, f"could not be looked at ({error})", False, "Install motionwright again.")
