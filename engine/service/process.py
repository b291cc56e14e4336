"""What differs between systems about processes: who the parent is, whether one lives, how much memory was used."""

from __future__ import annotations

import os
import stat
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

_POLL_SECONDS = 0.5

if sys.platform == "win32":
    import ctypes
    from ctypes import wintypes

    _SYNCHRONIZE, _INFINITE, _TIMED_OUT = 0x0010_0000, 0xFFFF_FFFF, 0x102
    _kernel = ctypes.WinDLL("kernel32", use_last_error=True)
    _kernel.OpenProcess.restype = wintypes.HANDLE
    _kernel.WaitForSingleObject.argtypes = (wintypes.HANDLE, wintypes.DWORD)
    _kernel.CloseHandle.argtypes = (wintypes.HANDLE,)
    _kernel.GetCurrentProcess.restype = wintypes.HANDLE

    class _MemoryCounters(ctypes.Structure):
        _fields_ = (
            ("size", wintypes.DWORD),
            ("page_faults", wintypes.DWORD),
            ("peak_working_set", ctypes.c_size_t),
            *((name, ctypes.c_size_t) for name in ("now", "peak_paged", "paged", "peak_non_paged", "non_paged")),
            ("page_file", ctypes.c_size_t),
            ("peak_page_file", ctypes.c_size_t),
        )

    _kernel.K32GetProcessMemoryInfo.argtypes = (wintypes.HANDLE, ctypes.POINTER(_MemoryCounters), wintypes.DWORD)

    def is_alive(pid: int) -> bool:
        """Whether a process with this id runs."""
        handle = _kernel.OpenProcess(_SYNCHRONIZE, False, pid)
        if not handle:
            return False
        ended = _kernel.WaitForSingleObject(handle, 0) != _TIMED_OUT
        _kernel.CloseHandle(handle)
        return not ended

    def peak_memory_mb() -> float:
        """The most memory that this process has held so far, in megabytes (10⁶ bytes)."""
        counters = _MemoryCounters(size=ctypes.sizeof(_MemoryCounters))
        _kernel.K32GetProcessMemoryInfo(_kernel.GetCurrentProcess(), ctypes.byref(counters), counters.size)
        return float(counters.peak_working_set) / 1e6

    def _wait_for_parent(parent: int) -> None:
        handle = _kernel.OpenProcess(_SYNCHRONIZE, False, parent)
        if handle:
            _kernel.WaitForSingleObject(handle, _INFINITE)
            _kernel.CloseHandle(handle)

else:
    import resource

    def is_alive(pid: int) -> bool:
        """Whether a process with this id runs."""
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return False
        except PermissionError:
            return True
        return True

    def peak_memory_mb() -> float:
        """The most memory that this process has held so far, in megabytes (10⁶ bytes)."""
        if sys.platform == "linux":  # its ru_maxrss begins with the parent's, which may be a Blender
            status = Path("/proc/self/status").read_text(encoding="utf-8")
            return int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1]) * 1024 / 1e6
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6

    def _wait_for_parent(parent: int) -> None:
        # An orphan gets another parent at once.
        while os.getppid() == parent:
            time.sleep(_POLL_SECONDS)


def when_parent_ends(then: Callable[[], None]) -> None:
    """Call `then`, on a thread of its own, once the parent has ended or has closed the pipe that is our stdin.

    The pipe is the surer sign where a launcher stands between us and the program that started us.
    """
    parent = os.getppid()
    _watch(lambda: _wait_for_parent(parent), then)
    if _stdin_is_a_pipe():
        _watch(_drain_stdin, then)


def _watch(wait: Callable[[], None], then: Callable[[], None]) -> None:
    def watch() -> None:
        wait()
        then()

    threading.Thread(target=watch, name="parent", daemon=True).start()


def _stdin_is_a_pipe() -> bool:
    try:
        mode = os.fstat(0).st_mode
    except OSError:
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)


def _drain_stdin() -> None:
    try:
        while os.read(0, 4096):
            pass
    except OSError:
        return
