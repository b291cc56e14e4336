"""Motions as looping stick figures on a page of HTML: their data, and the script that plays them.

A canvas with `data-motion="KEY"` plays the motion of that key; left limbs are orange, right limbs blue. The camera
looks at the body from its front left and goes along with it, so that the marks on the floor show the travel.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

import numpy as np

from engine.motion.motion import Motion
from engine.motion.skeleton import BODY

_EVERY = 2


def motion_data(motions: Mapping[str, Motion]) -> str:
    """A script element that holds the motions, in whole centimetres, for `PLAYER`."""
    data = {key: _frames(motion) for key, motion in motions.items()}
    limbs = [
        [parent, joint, _side(BODY.joint_names[joint])] for joint, parent in enumerate(BODY.parents) if parent >= 0
    ]
    content = json.dumps({"bones": limbs, "motions": data}, separators=(",", ":"))
    return f'<script type="application/json" id="motions">{content}</script>'


def figure(key: str, width: int = 220, height: int = 240) -> str:
    """The canvas of one motion."""
    return f'<canvas data-motion="{key}" width="{width}" height="{height}" role="img"></canvas>'


def _frames(motion: Motion) -> dict[str, object]:
    centimetres = np.rint(100.0 * motion.positions_m[::_EVERY]).astype(int)
    return {"fps": motion.fps / _EVERY, "frames": centimetres.reshape(len(centimetres), -1).tolist()}


def _side(joint: str) -> int:
    return 1 if joint.startswith("left_") else 2 if joint.startswith("right_") else 0


PLAYER = """<script>
(() => {
  const data = JSON.parse(document.getElementById("motions").textContent);
  const colors = ["--middle", "--left", "--right"];
  const style = getComputedStyle(document.documentElement);
  const turn = Math.PI / 5, cos = Math.cos(turn), sin = Math.sin(turn);
  const draw = (canvas, seconds) => {
    const motion = data.motions[canvas.dataset.motion];
    if (!motion) return;
    const context = canvas.getContext("2d"), { width, height } = canvas;
    const pause = 0.6, length = motion.frames.length / motion.fps;
    const at = Math.min(seconds % (length + pause), length - 1e-6);
    const frame = motion.frames[Math.floor(at * motion.fps)];
    const scale = height / 235, x0 = frame[0], z0 = frame[2];
    const place = (x, y, z) => {
      const right = (x - x0) * cos - (z - z0) * sin, near = (x - x0) * sin + (z - z0) * cos;
      return [width / 2 + right * scale, height * 0.86 - (y - near * 0.22) * scale];
    };
    context.clearRect(0, 0, width, height);
    context.lineWidth = 1;
    context.strokeStyle = style.getPropertyValue("--floor");
    context.beginPath();
    const line = (from, to) => { context.moveTo(...place(...from)); context.lineTo(...place(...to)); };
    for (let k = -2; k <= 2; k++) {
      const x = 50 * (Math.round(x0 / 50) + k), z = 50 * (Math.round(z0 / 50) + k);
      line([x, 0, z0 - 110], [x, 0, z0 + 110]);
      line([x0 - 110, 0, z], [x0 + 110, 0, z]);
    }
    context.stroke();
    context.lineWidth = 4;
    context.lineCap = "round";
    for (const [from, to, side] of data.bones) {
      context.strokeStyle = style.getPropertyValue(colors[side]);
      context.beginPath();
      context.moveTo(...place(...frame.slice(3 * from, 3 * from + 3)));
      context.lineTo(...place(...frame.slice(3 * to, 3 * to + 3)));
      context.stroke();
    }
    const [hx, hy] = place(...frame.slice(45, 48));
    context.fillStyle = style.getPropertyValue("--middle");
    context.beginPath();
    context.arc(hx, hy - 9 * scale, 9 * scale, 0, 2 * Math.PI);
    context.fill();
  };
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const tick = (now) => {
    for (const canvas of document.querySelectorAll("canvas[data-motion]")) draw(canvas, still ? 1 : now / 1000);
    if (!still) requestAnimationFrame(tick);
  };
  window.drawFigures = () => tick(performance.now());
  requestAnimationFrame(tick);
})();
</script>"""
