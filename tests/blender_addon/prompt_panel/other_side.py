"""Blender's end of the window's pipes, in the hands of a test."""

import json
import os
import queue
import threading
import time


class OtherSide:
    """What Blender holds of the window's pipes."""

    def __init__(self):
        read_end, to_window = os.pipe()
        from_window, write_end = os.pipe()
        self.incoming, self.outgoing = os.fdopen(read_end, "rb"), os.fdopen(write_end, "wb")
        self.to_window, self.from_window = os.fdopen(to_window, "wb"), os.fdopen(from_window, "rb")
        self._reader = None
        self._heard = queue.SimpleQueue()

    def say(self, *lines):
        self.to_window.write(b"".join(line + b"\n" for line in lines))
        self.to_window.flush()

    def hear(self, meanwhile=lambda: time.sleep(0.01)):
        """The next line of the window; only from the first call on is anything read."""
        if self._reader is None:
            self._reader = threading.Thread(target=self._read, daemon=True)
            self._reader.start()
        end = time.monotonic() + 20
        while self._heard.empty():
            assert time.monotonic() < end, "the window says nothing"
            meanwhile()
        return json.loads(self._heard.get())

    def _read(self):
        for line in self.from_window:
            self._heard.put(line)

    def close(self):
        """Blender is gone."""
        self.to_window.close()
