"""A real Blender with its window on a screen that only programs see: start it, press keys, look at it."""

import os
import signal
import subprocess
import time
from pathlib import Path

WIDTH, HEIGHT = 1600, 1000


class Screen:
    """An X server without a monitor, for the session. programs: runs what the Debian root has."""

    def __init__(self, programs):
        self.programs = programs
        self._server = subprocess.Popen(
            [programs("Xvfb"), "-displayfd", "1", "-screen", "0", f"{WIDTH}x{HEIGHT}x24", "-nolisten", "tcp"],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        number = self._server.stdout.readline().decode().strip()
        assert number, "the X server did not start"
        self.display = f":{number}"

    def environment(self):
        # Software OpenGL: the machine may have no card, and pictures are the same on each. Other tests of the same run
        # have Qt draw without a screen; here it is to have one.
        return {**os.environ, "DISPLAY": self.display, "LIBGL_ALWAYS_SOFTWARE": "1", "QT_QPA_PLATFORM": "xcb"}

    def run(self, program, *arguments):
        command = [self.programs(program), *map(str, arguments)]
        return subprocess.run(command, env=self.environment(), capture_output=True, text=True, check=False, timeout=60)

    def close(self):
        _end(self._server)


class BlenderWindow:
    """One Blender with a window; `user_folder` is its BLENDER_USER_RESOURCES, with whatever is installed there."""

    def __init__(self, screen, user_folder, folder):
        self.screen = screen
        self.user_folder = Path(user_folder)
        self.folder = Path(folder)
        self.log = self.folder / "blender.log"
        self._process = None

    def start(self, *arguments, seconds=60):
        """Start Blender with these arguments and wait until its window stands."""
        environment = {**self.screen.environment(), "BLENDER_USER_RESOURCES": str(self.user_folder)}
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                [self.screen.programs("blender"), "--window-geometry", "0", "0", str(WIDTH), str(HEIGHT)]
                + [str(argument) for argument in arguments],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.wait_for(self.window_id, seconds, "Blender's window")
        return self

    @property
    def process(self):
        return self._process

    @property
    def output(self):
        """What Blender has printed so far."""
        return self.log.read_text(encoding="utf-8", errors="replace")

    def window_id(self):
        """X's number of the window, or None while there is none."""
        found = self.screen.run("xdotool", "search", "--onlyvisible", "--class", "Blender").stdout.split()
        return found[0] if found else None

    def xdotool(self, *arguments):
        """Keys and mouse: `xdotool("mousemove", 400, 300, "click", 1)`, `xdotool("type", "a person walks")`."""
        ended = self.screen.run("xdotool", *arguments)
        assert ended.returncode == 0, ended.stderr
        return ended.stdout

    def focus(self):
        """Give the window the keyboard: there is no window manager that would."""
        self.xdotool("windowfocus", "--sync", self.window_id())

    def screenshot(self, path):
        """A picture of the whole screen."""
        ended = self.screen.run("import", "-window", "root", path)
        assert ended.returncode == 0, ended.stderr
        return Path(path)

    def wait_for(self, condition, seconds, what):
        """Ask `condition()` until it is true; fails with Blender's output where it ends or takes too long."""
        end = time.monotonic() + seconds
        while not condition():
            assert self._process.poll() is None, f"Blender ended while waiting for {what}: {self.output[-3000:]}"
            assert time.monotonic() < end, f"no {what} within {seconds} s: {self.output[-3000:]}"
            time.sleep(0.2)

    def wait_until_ended(self, seconds):
        """Wait until Blender has quit; its exit status."""
        return self._process.wait(seconds)

    def kill(self):
        """End Blender as a crash would."""
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(10)

    def close(self):
        if self._process is not None:
            _end(self._process)


def _end(process):
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(10)
