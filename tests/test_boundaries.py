"""The walls between the rooms: who may import whom, read off the source, and the engine's off a running process."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ROOMS = ("engine", "training", "export", "blender_addon")

ALLOWED = {
    "engine": ("engine",),
    "training": ("training", "engine.motion", "engine.errors", "engine.files"),
    "export": ("export", "training", "engine.motion", "engine.bundle", "engine.errors", "engine.files"),
    "blender_addon": ("blender_addon",),
}
"""What each room may import of our own; a name stands for the module and all below it."""

ALLOWED_FURTHER = {
    "training/evaluation": (
        "engine.alignment",
        "engine.bundle",
        "engine.editing",
        "engine.generator",
        "engine.requests",
    ),
    "training/studio": ("engine.service.folders",),
}
"""What a folder may import beside what its room may: what ships is what is measured, so it runs the engine itself; and
what is trained goes where the service looks for models."""


def imports(path):
    """Every module that a file imports anywhere in it, with the names that may be modules, absolute."""
    package = path.relative_to(ROOT).with_suffix("").parts[:-1]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            module = ".".join((*base, *([node.module] if node.module else [])))
            yield from (f"{module}.{alias.name}" for alias in node.names)


def is_below(name, module):
    return name == module or name.startswith((f"{module}.", f"{module}/"))


def may_import(path, name):
    folder = path.relative_to(ROOT).parent.as_posix()
    further = [own for inside, names in ALLOWED_FURTHER.items() if is_below(folder, inside) for own in names]
    return any(is_below(name, own) for own in (*ALLOWED[folder.partition("/")[0]], *further))


def strangers(room):
    return [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in sorted((ROOT / room).rglob("*.py"))
        for name in imports(path)
        if any(is_below(name, other) for other in ROOMS) and not may_import(path, name)
    ]


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_only_whom_it_may_know(room):
    assert strangers(room) == []


def test_the_scan_sees_every_form_of_import(tmp_path, monkeypatch):
    monkeypatch.setattr(sys.modules[__name__], "ROOT", tmp_path)
    (tmp_path / "blender_addon" / "rigs").mkdir(parents=True)
    (tmp_path / "blender_addon" / "rigs" / "a.py").write_text(
        "import engine.motion\nfrom engine import cli\ndef f():\n    from training.data import x\n"
        "from .b import c\nfrom .. import d\nfrom ...export import e\nimport engineering\n",
        encoding="utf-8",
    )
    assert [line.split()[-1] for line in strangers("blender_addon")] == [
        "engine.motion",
        "engine.cli",
        "export.e",
        "training.data.x",
    ]


IMPORT_ALL_OF_THE_ENGINE = """
import importlib, pkgutil, sys
import engine
for module in pkgutil.walk_packages(engine.__path__, "engine."):
    importlib.import_module(module.name)
print("\\n".join(sorted({name.partition(".")[0] for name in sys.modules})))
"""


@pytest.fixture(scope="module")
def packages_of_the_engine():
    done = subprocess.run(
        [sys.executable, "-c", IMPORT_ALL_OF_THE_ENGINE], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


def test_the_engine_runs_without_torch_and_the_other_rooms(packages_of_the_engine):
    stack = {"torch", "transformers", "lightning", "lightning_fabric", "safetensors", "onnx", "bpy", "PySide6"}
    assert packages_of_the_engine & (stack | set(ROOMS) - {"engine"}) == set()


def test_importing_the_engine_loads_no_heavy_library(packages_of_the_engine):
    """They are imported when first needed, so that `--help` and mistakes answer at once."""
    assert packages_of_the_engine & {"onnxruntime", "tokenizers"} == set()
