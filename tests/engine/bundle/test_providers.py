"""The chosen provider is the one that runs."""

import re
from pathlib import Path

import pytest

from engine.bundle import Bundle, providers, read_manifest
from engine.bundle.graphs import GRAPHS
from engine.errors import UserError

TOY = Path(__file__).parent / "toy"


def test_the_cpu_always_works():
    assert providers.failure("cpu") is None
    assert providers.choose("cpu") == "cpu"


def test_auto_takes_the_first_that_works(monkeypatch):
    monkeypatch.setattr(providers, "failure", lambda name: None if name == "directml" else "broken")
    assert providers.choose("auto") == "directml"


def test_auto_falls_back_to_the_cpu(monkeypatch):
    monkeypatch.setattr(providers, "failure", lambda name: "broken")
    assert providers.choose("auto") == "cpu"


@pytest.mark.parametrize(
    ("wanted", "working", "chosen", "told"),
    [
        ("cuda", (), "cpu", [("cuda", "cpu")]),
        ("tensorrt", ("cuda",), "cuda", [("tensorrt", "cuda")]),
        ("tensorrt", (), "cpu", [("tensorrt", "cuda"), ("cuda", "cpu")]),
        ("coreml", ("cuda",), "cpu", [("coreml", "cpu")]),
        ("directml", ("directml",), "directml", []),
    ],
)
def test_a_named_provider_that_fails_is_told_of_and_the_next_is_taken(
    monkeypatch, caplog, wanted, working, chosen, told
):
    monkeypatch.setattr(providers, "failure", lambda name: None if name in working else "no driver")
    assert providers.choose(wanted) == chosen
    assert len(caplog.messages) == len(told)
    for message, (failed, instead) in zip(caplog.messages, told, strict=True):
        assert f"“{failed}” does not work here (no driver), {instead} is used instead" in message
        assert re.fullmatch(r"[A-Z][^\n]*\.", message)
        assert ("pip install" in message) == (failed in ("cuda", "tensorrt"))


def test_a_provider_that_fails_at_a_real_graph_gives_way_for_the_whole_bundle(monkeypatch, caplog):
    """The second graph is one that the stub can't load; the first is then loaded anew by its substitute."""
    real, asked = providers.new_session, []

    def new_session(model, provider, threads, weights, purpose):
        asked.append(provider)
        if provider == "cuda" and asked.count("cuda") > 1:
            raise RuntimeError("CUDA failure 2: out of memory")
        return real(model, "cpu", threads, weights, purpose)

    monkeypatch.setattr(providers, "failure", lambda _: None)
    monkeypatch.setattr(providers, "new_session", new_session)
    bundle = Bundle(TOY, "cuda", threads=1)
    bundle.load_all()
    assert bundle.provider == "cpu"
    assert asked[:2] == ["cuda", "cuda"]
    assert asked[2:] == ["cpu"] * 5 or asked[2:] == ["cpu"] * 4
    assert len(caplog.messages) == 1
    assert "out of memory" in caplog.messages[0]
    assert "cpu is used instead" in caplog.messages[0]


def test_tensorrt_keeps_engines_by_bundle_and_driver_for_all_lengths(monkeypatch, tmp_path):
    monkeypatch.setattr(providers, "_cache_folder", lambda: tmp_path)
    monkeypatch.setattr(providers, "_driver_version", lambda: "580.65.06")
    manifest = read_manifest(TOY)
    purpose = providers.Purpose("0123456789abcdef", GRAPHS["transformer"], manifest.dimension_ranges)
    options = providers._provider_options("tensorrt", purpose)
    folder = tmp_path / "tensorrt" / "0123456789abcdef-580.65.06"
    assert options["trt_engine_cache_path"] == str(folder)
    assert folder.is_dir()
    assert options["trt_profile_min_shapes"] == "latents:1x1x4,known:1x1,valid:1x1,words:1x2x6,words_mask:1x2"
    assert options["trt_profile_max_shapes"] == (
        "latents:64x75x4,known:64x75,valid:64x75,words:64x64x6,words_mask:64x64"
    )


def test_a_driver_that_can_not_be_asked_is_unknown(monkeypatch):
    providers._driver_version.cache_clear()
    monkeypatch.setattr(providers.shutil, "which", lambda _: None)
    assert providers._driver_version() == "unknown"
    providers._driver_version.cache_clear()


def test_an_unknown_provider_is_refused():
    with pytest.raises(UserError, match="no provider “gpu”"):
        providers.choose("gpu")


def test_a_provider_that_is_not_compiled_in_says_so():
    for name in set(providers.PROVIDERS) - set(providers.compiled_in()):
        assert providers.failure(name) == "this ONNX Runtime was built without it"


def test_errors_are_told_without_their_place_in_the_source():
    error = RuntimeError("/src/onnxruntime/a.cc:729 void f(int&, const T&) Please install it.\nmore")
    assert providers.first_line(error) == "Please install it."
    assert providers.first_line(RuntimeError()) == "RuntimeError"
