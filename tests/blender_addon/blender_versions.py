"""The Blenders that are tested, each with the Python it needs; environments are made once and kept."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from filelock import FileLock

REPOSITORY = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class BlenderVersion:
    """bpy: the release on the package index. python: the only Python it runs on. variable: names an interpreter."""

    bpy: str
    python_version: str
    variable: str

    def python(self):
        """The interpreter: the one that `variable` names, the one made before, or one made now."""
        if named := os.environ.get(self.variable):
            return named
        folder = REPOSITORY / ".test-environments" / f"bpy-{self.bpy}"
        program = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
        ready = folder / "ready"
        folder.parent.mkdir(exist_ok=True)
        with FileLock(folder.with_name("making.lock")):  # pytest's processes want them at the same time
            if not ready.is_file():
                self._make(folder, program)
                ready.touch()
        return str(program)

    def _make(self, folder, program):
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run([self._base_python(), "-m", "venv", str(folder)], check=True)
        # The whole product beside bpy, as a user installs it: that Python's own numpy, onnxruntime and all.
        install = [str(program), "-m", "pip", "install", "--quiet", "--no-compile"]  # bpy has thousands of modules
        what = [f"bpy=={self.bpy}", "--editable", str(REPOSITORY)]
        ended = subprocess.run([*install, *what], capture_output=True, text=True, check=False)
        if ended.returncode:
            pytest.fail(f"bpy {self.bpy} could not be installed; set {self.variable}. {ended.stderr[-500:]}")

    def _base_python(self):
        """A Python of the right version: this one, one on the PATH, or one of pyenv's."""
        if sys.version_info[:2] == tuple(int(part) for part in self.python_version.split(".")):
            return sys.executable
        found = [shutil.which(f"python{self.python_version}")]
        found += sorted(Path.home().glob(f".pyenv/versions/{self.python_version}*/bin/python"))
        for candidate in filter(None, found):
            check = [str(candidate), "-c", "import sys; print(sys.version_info[:2])"]
            ended = subprocess.run(check, capture_output=True, text=True, check=False)
            if ended.stdout.strip() == str(tuple(int(part) for part in self.python_version.split("."))):
                return str(candidate)
        return pytest.fail(
            f"bpy {self.bpy} needs Python {self.python_version}, which was not found; install it, "
            f"or set {self.variable} to an interpreter that has bpy."
        )


VERSIONS = [
    BlenderVersion("4.2.23", "3.11", "MOTIONWRIGHT_TEST_BPY_4_2"),
    BlenderVersion("4.5.15", "3.11", "MOTIONWRIGHT_TEST_BPY_4_5"),
    BlenderVersion("5.0.1", "3.11", "MOTIONWRIGHT_TEST_BPY_5_0"),
    BlenderVersion("5.2.3", "3.13", "MOTIONWRIGHT_TEST_BPY_5_2"),
]
USUAL = VERSIONS[2:]
"""What a test runs in that says nothing else. A module names the tests for all VERSIONS in IN_EVERY_BLENDER, and those
for the newest alone in IN_ONE_BLENDER."""
