"""The chosen provider is the one that runs."""

import pytest

from engine.bundle import providers
from engine.errors import UserError


def test_the_cpu_always_works():
    assert providers.failure("cpu") is None
    assert providers.choose("cpu") == "cpu"


def test_auto_takes_the_first_that_works(monkeypatch):
    monkeypatch.setattr(providers, "failure", lambda name: None if name == "directml" else "broken")
    assert providers.choose("auto") == "directml"


def test_auto_falls_back_to_the_cpu(monkeypatch):
    monkeypatch.setattr(providers, "failure", lambda name: "broken")
    assert providers.choose("auto") == "cpu"


def test_a_named_provider_that_does_not_work_is_refused_with_its_remedy(monkeypatch):
    monkeypatch.setattr(providers, "failure", lambda name: "no driver")
    with pytest.raises(UserError, match=r"“cuda” does not work here \(no driver\); it needs pip install"):
        providers.choose("cuda")


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
