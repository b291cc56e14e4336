"""A real Blender of Debian 13 on a screen of its own, with the extension's zip installed as a user installs it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parent))  # pytest's import mode adds nothing; the modules beside this one

from debian_root import REPOSITORY, debian_root, program_in
from window import BlenderWindow, Screen


def pytest_collection_modifyitems(items):
    for item in items:
        if Path(__file__).parent in Path(item.path).parents:
            item.add_marker(pytest.mark.gui)


@pytest.fixture(scope="session")
def programs(tmp_path_factory):
    """A function from a program's name in the Debian root to a path that runs it from here."""
    root, folder, made = debian_root(), tmp_path_factory.mktemp("programs"), {}

    def program(name):
        if name not in made:
            made[name] = str(program_in(root, name, folder))
        return made[name]

    return program


@pytest.fixture(scope="session")
def run_blender(programs):
    """A function that runs Blender without a window, with a user's folder, and returns the ended process."""

    def run(user_folder, *arguments, seconds=600, **variables):
        environment = {**os.environ, "BLENDER_USER_RESOURCES": str(user_folder), **variables}
        command = [programs("blender"), *map(str, arguments)]
        return subprocess.run(
            command, env=environment, capture_output=True, encoding="utf-8", check=False, timeout=seconds
        )

    return run


@pytest.fixture(scope="session")
def addon_zip(programs, tmp_path_factory):
    """The zip, built and validated as a developer does."""
    path = tmp_path_factory.mktemp("zip") / "motionwright.zip"
    command = [sys.executable, "-m", "engine.cli", "addon", "build", str(path), "--blender", programs("blender")]
    ended = subprocess.run(command, cwd=REPOSITORY, capture_output=True, encoding="utf-8", check=False)
    assert ended.returncode == 0, ended.stderr
    assert "validated by Blender" in ended.stdout
    return path


@pytest.fixture(scope="session")
def install(run_blender):
    """A function that installs a zip into a user's folder, switched on."""

    def install(archive, user_folder):
        user_folder.mkdir(parents=True, exist_ok=True)
        command = ("--command", "extension", "install-file", "--repo", "user_default", "--enable", archive)
        ended = run_blender(user_folder, *command)
        assert ended.returncode == 0 and "Exception" not in ended.stdout + ended.stderr, ended.stdout + ended.stderr
        return user_folder

    return install


@pytest.fixture(scope="session")
def installed(install, addon_zip, tmp_path_factory):
    """A user's folder with the extension switched on and its engine not set up."""
    return install(addon_zip, tmp_path_factory.mktemp("installed"))


SET_UP = """
import bpy
bpy.context.preferences.system.use_online_access = True
assert bpy.ops.motionwright.set_up_engine() == {"FINISHED"}
bpy.ops.wm.save_userpref()
"""


@pytest.fixture(scope="session")
def with_engine(install, addon_zip, run_blender, tmp_path_factory):
    """A user's folder with the extension switched on and its engine set up from the package index."""
    folder = install(addon_zip, tmp_path_factory.mktemp("with-engine"))
    ended = run_blender(folder, "--background", "--python-exit-code", "3", "--python-expr", SET_UP)
    assert ended.returncode == 0, ended.stdout[-3000:] + ended.stderr[-3000:]
    return folder


@pytest.fixture(scope="session")
def screen(programs):
    screen = Screen(programs)
    yield screen
    screen.close()


@pytest.fixture
def blender_window(screen, with_engine, tmp_path):
    """A Blender not yet started, `blender_window.start(...)`, whose extension has an engine that is set up."""
    window = BlenderWindow(screen, with_engine, tmp_path)
    yield window
    window.close()
