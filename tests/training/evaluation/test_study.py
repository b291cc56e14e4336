"""A user study from page to report: what people see in a real browser, what is saved, and what it says."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections import Counter

import pytest

from engine.errors import UserError
from engine.requests import SamplingOptions
from tests.training.evaluation.made_subject import MadeSubject
from training.evaluation.study import CHOICES_FORMAT, QUESTIONS, build_study, preferences, read_key, read_prompts

PROMPTS = ["a person walks", "a person waves the left hand", "“quotes” & <b>tags</b></script>", "a man runs"]


def built(folder, seed=3, prompts=PROMPTS):
    models = MadeSubject("model of the one kind", 0.1), MadeSubject("model of the other kind", 0.3)
    return build_study(models, prompts, folder, seed, SamplingOptions())


def written_choices(folder, key, person, follows, natural=None):
    """follows, natural: for each pair the model (0 or 1) that is preferred, or None."""

    def side(pair, model):
        return "same" if model is None else "left" if pair.left == model else "right"

    both = zip(key.pairs, follows, natural or [None] * len(key.pairs), strict=True)
    choices = [{"follows": side(pair, one), "natural": side(pair, other)} for pair, one, other in both]
    path = folder / f"{person}.json"
    content = {"format": CHOICES_FORMAT, "study": key.study, "person": person, "choices": choices}
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def test_the_same_seed_gives_the_same_study_and_another_another(tmp_path):
    first, again, other = (built(tmp_path / name, seed) for name, seed in (("a", 3), ("b", 3), ("c", 4)))
    assert first == again == read_key(tmp_path / "a")
    for name in ("index.html", "key.json"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
    assert other.study != first.study


def test_sides_and_order_are_shuffled(tmp_path):
    key = built(tmp_path, prompts=[f"a person walks {n} times" for n in range(12)])
    assert {pair.left for pair in key.pairs} == {0, 1}
    assert [pair.prompt for pair in key.pairs] != sorted(pair.prompt for pair in key.pairs)
    assert len({pair.prompt for pair in key.pairs}) == 12


def test_the_page_does_not_tell_the_models_apart(tmp_path):
    built(tmp_path)
    page = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert "kind" not in page
    assert "http://" not in page.replace("http://www.w3.org", "")
    assert "https://" not in page


def test_preferences_follow_the_key_and_have_a_binomial_interval(tmp_path):
    key = built(tmp_path)
    files = [written_choices(tmp_path, key, f"p{n}", [0, 0, 0, None], [1, 1, 0, 0]) for n in range(3)]
    follows, natural = preferences(key, files)
    assert (follows.counts, follows.undecided) == ((9, 0), 3)
    assert follows.first.low > 0.6
    assert follows.chance == pytest.approx(2 * 0.5**9)
    assert (natural.counts, natural.undecided) == ((6, 6), 0)
    assert natural.chance == 1.0
    assert natural.first.low < 0.5 < natural.first.high


def test_nobody_decided(tmp_path):
    key = built(tmp_path)
    follows = preferences(key, [written_choices(tmp_path, key, "p", [None] * 4)])[0]
    assert (follows.first, follows.undecided) == (None, 4)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"study": "another"}, "another study"),
        ({"format": "another"}, "another study"),
        ({"choices": []}, "some pairs have no choice"),
        ({"choices": [{"follows": "up", "natural": "left"}] * 4}, "neither left, right nor same"),
        ({"choices": [{"follows": "left"}] * 4}, "neither left, right nor same"),
        ({"choices": 7}, "no choices"),
    ],
)
def test_choices_of_something_else_are_refused(tmp_path, change, complaint):
    key = built(tmp_path)
    path = written_choices(tmp_path, key, "p", [0] * 4)
    path.write_text(json.dumps(json.loads(path.read_text(encoding="utf-8")) | change), encoding="utf-8")
    with pytest.raises(UserError, match=complaint):
        preferences(key, [path])


def test_a_person_counts_once(tmp_path):
    key = built(tmp_path)
    path = written_choices(tmp_path, key, "p", [0] * 4)
    with pytest.raises(UserError, match="give each file once"):
        preferences(key, [path, path])


def test_prompts_are_lines(tmp_path):
    path = tmp_path / "prompts.txt"
    path.write_text("\n a person walks \n\nbows\n", encoding="utf-8")
    assert read_prompts(path) == ["a person walks", "bows"]
    path.write_text("\n", encoding="utf-8")
    with pytest.raises(UserError, match="0 prompts"):
        read_prompts(path)
    with pytest.raises(UserError, match="not a readable text file"):
        read_prompts(tmp_path / "none.txt")


def test_a_folder_without_a_study(tmp_path):
    with pytest.raises(UserError, match="holds no study"):
        read_key(tmp_path)


@pytest.fixture(scope="session")
def chromium():
    """The browser of the system; where packages can be installed, it is."""
    if not shutil.which("chromium") and shutil.which("apt-get") and os.name != "nt" and os.geteuid() == 0:
        for command in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", "chromium"]):
            subprocess.run(["apt-get", *command], check=True, capture_output=True, timeout=600)
    path = shutil.which("chromium") or shutil.which("google-chrome") or shutil.which("chrome")
    if not path:
        pytest.skip("there is no Chromium, and none can be installed")
    return path


@pytest.mark.slow
def test_choosing_in_a_real_browser(tmp_path, chromium):
    sync_api = pytest.importorskip("playwright.sync_api")
    key = built(tmp_path)
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_context(accept_downloads=True).new_page()
        mistakes = []
        page.on("pageerror", lambda error: mistakes.append(str(error)))
        page.on(
            "request",
            lambda request: None if request.url.startswith(("file:", "blob:")) else mistakes.append(request.url),
        )
        page.goto((tmp_path / "index.html").as_uri())
        for number, pair in enumerate(key.pairs):
            assert page.locator("#count").inner_text() == f"{number + 1} of {len(PROMPTS)}"
            assert page.locator("#words").inner_text() == f"“{pair.prompt}”"
            assert painted(page, "left") > 200
            assert painted(page, "right") > 200
            assert page.locator("#next").is_disabled()
            page.locator("input[name=follows][value=left]").check()
            assert page.locator("#next").is_disabled()
            page.locator("input[name=natural][value=same]").check()
            page.locator("#next").click()
            if number == 1:  # a closed page goes on where it was, with what was chosen
                page.reload()
                page.locator("#back").click()
                assert page.locator("input[name=follows][value=left]").is_checked()
                page.locator("input[name=follows][value=right]").check()
                page.locator("#next").click()
        page.locator("#review").click()
        page.locator("#next").click()
        with page.expect_download() as download:
            page.locator("#save").click()
        saved = tmp_path / download.value.suggested_filename
        download.value.save_as(saved)
        browser.close()
    assert mistakes == []
    follows, natural = preferences(key, [saved])
    chosen = Counter(1 - pair.left if number == 1 else pair.left for number, pair in enumerate(key.pairs))
    assert follows.counts == (chosen[0], chosen[1])
    assert natural.undecided == len(PROMPTS)
    assert set(json.loads(saved.read_text(encoding="utf-8"))["choices"][0]) == set(QUESTIONS)


def painted(page, side):
    """How many pixels of a canvas have something on them."""
    page.wait_for_timeout(150)
    return page.evaluate(
        """(side) => {
          const canvas = document.querySelector(`canvas[data-side=${side}]`);
          const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
          return pixels.filter((value, index) => index % 4 === 3 && value > 200).length;
        }""",
        side,
    )
