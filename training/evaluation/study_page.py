"""The page of a user study: one pair after the other; choices stay in the browser until they are saved to a file."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from engine.motion.motion import Motion
from training.evaluation.pages import page
from training.evaluation.stick_figures import PLAYER, figure, motion_data

_STYLE = """<style>
main { max-width: 760px; } .pair { display: flex; gap: 1.2rem; justify-content: space-between; }
.pair figure { width: auto; flex: 1; text-align: center; } .pair canvas { width: 100%; height: auto; }
#words { font-size: 1.5rem; margin: 1rem 0; } fieldset { border: 0; padding: 0; margin: 1.2rem 0; }
legend { padding: 0; margin-bottom: .4rem; } .answers { display: flex; gap: .6rem; }
.answers label { flex: 1; border: 1px solid var(--line); border-radius: 8px; padding: .6rem; text-align: center; }
.answers label { cursor: pointer; } .answers label:has(:checked) { border-color: var(--accent); font-weight: 600; }
.answers label:has(:focus-visible) { outline: 2px solid var(--accent); outline-offset: 2px; }
button { font: inherit; padding: .6rem 1.4rem; border-radius: 8px; border: 1px solid var(--accent); cursor: pointer;
  background: var(--accent); color: var(--paper); } button:disabled { opacity: .4; cursor: default; }
button.quiet { background: none; color: var(--accent); } [hidden] { display: none; }
</style>"""

_BODY = """<main>
<h1>Which motion is better?</h1>
<p class="soft">Both figures were told the same words. There is no right answer; say what you see. Your choices stay in
this browser until you save them to a file at the end.</p>
<section id="asking"><p class="soft" id="count" aria-live="polite"></p><p id="words"></p>
<div class="pair"><figure>{left}<figcaption>left</figcaption></figure><figure>{right}<figcaption>right</figcaption>
</figure></div><form id="questions"></form>
<p><button type="button" class="quiet" id="back">Back</button> <button type="button" id="next">Next</button></p>
</section>
<section id="done" hidden><h2>Thank you!</h2><p>Save your choices and send the file to whoever gave you this page.</p>
<p><button type="button" class="quiet" id="review">Back</button>
<button type="button" id="save">Save my choices</button></p></section></main>"""

_SCRIPT = """<script>
(() => {
  const study = JSON.parse(document.getElementById("study").textContent);
  const element = (id) => document.getElementById(id);
  const answers = [["left", "The left one"], ["same", "No difference"], ["right", "The right one"]];
  const place = "motionwright-study-" + study.study;
  const fresh = () => ({ person: crypto.getRandomValues(new Uint32Array(4)).join("-"), at: 0, choices: [] });
  const load = () => { try { return JSON.parse(localStorage.getItem(place)) || fresh(); } catch { return fresh(); } };
  const keep = () => { try { localStorage.setItem(place, JSON.stringify(state)); } catch { /* a private window */ } };
  const state = load();
  const chosen = () => state.choices[state.at] || {};
  const complete = () => Object.keys(study.questions).every((question) => chosen()[question]);
  const show = () => {
    const finished = state.at >= study.prompts.length;
    element("asking").hidden = finished;
    element("done").hidden = !finished;
    keep();
    if (finished) return;
    element("count").textContent = `${state.at + 1} of ${study.prompts.length}`;
    element("words").textContent = "\\u201c" + study.prompts[state.at] + "\\u201d";
    for (const side of ["left", "right"])
      document.querySelector(`[data-side=${side}]`).dataset.motion = `${state.at}-${side}`;
    element("questions").replaceChildren(...Object.entries(study.questions).map(([question, words]) => {
      const group = document.createElement("fieldset"), legend = document.createElement("legend");
      const row = document.createElement("div");
      legend.textContent = words;
      row.className = "answers";
      row.append(...answers.map(([value, title]) => {
        const label = document.createElement("label"), input = document.createElement("input");
        Object.assign(input, { type: "radio", name: question, value, checked: chosen()[question] === value });
        input.addEventListener("change", () => {
          state.choices[state.at] = { ...chosen(), [question]: value };
          element("next").disabled = !complete();
          keep();
        });
        label.append(input, " " + title);
        return label;
      }));
      group.append(legend, row);
      return group;
    }));
    element("back").disabled = state.at === 0;
    element("next").disabled = !complete();
  };
  const go = (step) => { state.at += step; show(); };
  element("back").addEventListener("click", () => go(-1));
  element("review").addEventListener("click", () => go(-1));
  element("next").addEventListener("click", () => go(1));
  element("save").addEventListener("click", () => {
    const { person, choices } = state;
    const content = JSON.stringify({ format: study.format, study: study.study, person, choices }, null, 1);
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([content], { type: "application/json" }));
    link.download = `choices-${person.slice(0, 8)}.json`;
    link.click();
  });
  show();
})();
</script>"""


def study_page(
    study: str,
    prompts: Sequence[str],
    shown: Sequence[tuple[Motion, Motion]],
    questions: Mapping[str, str],
    choices_format: str,
) -> str:
    """The whole page. shown: the left and the right motion of each prompt."""
    data = {"study": study, "format": choices_format, "prompts": list(prompts), "questions": dict(questions)}
    text = json.dumps(data, ensure_ascii=False).replace("<", "\\u003c")
    motions = {
        f"{number}-{side}": motion
        for number, pair in enumerate(shown)
        for side, motion in zip(("left", "right"), pair, strict=True)
    }
    sides = {
        side: figure(f"0-{side}", 360, 390).replace("<canvas", f'<canvas data-side="{side}"', 1)
        for side in ("left", "right")
    }
    parts = (
        _STYLE,
        _BODY.format(**sides),
        f'<script type="application/json" id="study">{text}</script>',
        motion_data(motions),
        PLAYER,
        _SCRIPT,
    )
    return page("Which motion is better?", "\n".join(parts))
