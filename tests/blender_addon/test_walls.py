"""The walls of this room, tested by import and by reading."""

import ast
import subprocess
import sys
from pathlib import Path

ROOM = Path(__file__).resolve().parents[2] / "blender_addon"
# Without bpy: the mathematics, what detection looks at, and all that the command line runs in its own process.
WITHOUT_BPY = ["retarget.transfer", "rigs.detection", "commands", "find_blender", "child", "headless", "demo.mannequin"]


def test_no_other_room_is_imported():
    for path in ROOM.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not {name.partition(".")[0] for name in names} & {"engine", "export", "training"}, path


def test_much_of_it_needs_no_blender():
    code = "import sys; sys.modules['bpy'] = sys.modules['mathutils'] = None\n"
    code += "\n".join(f"import blender_addon.{module}" for module in WITHOUT_BPY)
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_sidebar_is_drawn_from_what_is_known():
    """No module that draws asks a network, a program or a disk, or any of ours that does."""
    outside = {"subprocess", "socket", "urllib", "http", "requests", "shutil", "tempfile"}
    ours = {"client", "server", "child_processes", "installation", "environments", "capture", "on_rig"}
    for path in (ROOM / "panels").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import | ast.ImportFrom) else []
            names += (node.module or "").split(".") if isinstance(node, ast.ImportFrom) else []
            assert not set(names) & (outside | ours), path


def test_no_file_is_long():
    for path in ROOM.rglob("*.py"):
        assert len(path.read_text(encoding="utf-8").splitlines()) < 400, path
