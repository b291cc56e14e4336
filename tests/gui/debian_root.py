"""A folder with a whole Debian 13 and its Blender, entered by chroot: a real window on a machine without a screen.

Made once and kept, like the other test environments. Entering it mounts things in a mount namespace of the one process,
so that nothing stays mounted, whatever happens.
"""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
VARIABLE = "MOTIONWRIGHT_TEST_BLENDER_ROOT"
RELEASE = "trixie"
PACKAGES = (
    *("blender", "python3-numpy", "python3-venv", "python3-pip", "ca-certificates"),
    *("libgl1-mesa-dri", "libegl1", "libxkbcommon-x11-0", "libxcb-cursor0", "libxcb-icccm4", "libxcb-keysyms1"),
    *("libxcb-shape0", "xvfb", "xdotool", "imagemagick"),
)
# The same paths inside and outside, so that a file has one name.
_ENTER = """#!/bin/sh
exec unshare --mount --propagation private sh -c '
root=$1; shift
for folder in /proc /dev /sys /tmp; do mkdir -p "$root$folder"; mount --rbind "$folder" "$root$folder"; done
mkdir -p "$root{repository}"; mount --bind "{repository}" "$root{repository}"
folder=$PWD; exec chroot "$root" sh -c "cd \\"\\$0\\" 2>/dev/null || cd /; exec \\"\\$@\\"" "$folder" "$@"
' sh "{root}" {program} "$@"
"""


def debian_root():
    """The folder: the one that the variable names, the one made before, or one made now; skips where none can be."""
    if named := os.environ.get(VARIABLE):
        return Path(named)
    root = REPOSITORY / ".test-environments" / f"blender-{RELEASE}"
    if not (root / "ready").is_file():
        _check_machine()
        _make(root)
        (root / "ready").touch()
    return root


def program_in(root, program, folder):
    """A file that runs a program of the root as if it were one of this machine's."""
    path = folder / (program or "enter")
    path.write_text(_ENTER.format(root=root, repository=REPOSITORY, program=program), encoding="utf-8")
    path.chmod(0o755)
    return path


def _check_machine():
    if os.name == "nt" or os.geteuid() != 0 or not shutil.which("apt-get"):
        pytest.skip(f"making a Blender with a window needs root on a Debian; {VARIABLE} names one that was made")
    mount = ["unshare", "--mount", "--propagation", "private", "mount", "--bind", "/tmp", "/tmp"]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip(f"this machine allows no mounts, which a Blender with a window needs; {VARIABLE} names a made one")


def _make(root):
    shutil.rmtree(root, ignore_errors=True)
    root.parent.mkdir(exist_ok=True)
    if not shutil.which("debootstrap"):
        _run("apt-get", "update", "-qq")
        _run("apt-get", "install", "-y", "-qq", "debootstrap")
    _run("debootstrap", "--variant=minbase", RELEASE, str(root), *_mirror())
    for path in ("/etc/resolv.conf", "/etc/pip.conf"):
        if Path(path).is_file():
            shutil.copyfile(path, f"{root}{path}")
    for folder in ("/etc/ssl/certs", "/etc/apt/apt.conf.d"):
        shutil.copytree(folder, f"{root}{folder}", symlinks=False, dirs_exist_ok=True, ignore_dangling_symlinks=True)
    enter = program_in(root, "", root)
    _run(str(enter), "apt-get", "update", "-qq")
    install = ("apt-get", "install", "-y", "-qq", "--no-install-recommends", "-o", "Dpkg::Options::=--force-unsafe-io")
    _run(str(enter), *install, *PACKAGES)  # without waiting for the disk at each file


def _mirror():
    """The mirror that this machine uses itself; debootstrap's own where none is written down."""
    for path in sorted(Path("/etc/apt").rglob("*")):
        if path.suffix in (".sources", ".list") and path.is_file():
            for line in path.read_text(encoding="utf-8").splitlines():
                words = [word for word in line.split() if not word.startswith("[")]
                if words and words[0] in ("URIs:", "deb") and "security" not in words[1]:
                    return [words[1]]
    return []


def _run(*command):
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8"}
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=1200)
    if ended.returncode:
        pytest.fail(f"{' '.join(command)[:200]}: {(ended.stderr or ended.stdout)[-1500:]}")
