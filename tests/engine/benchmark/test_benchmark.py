"""The benchmark's rows on the toy bundle: what is timed is what ran, and the ladder ends where the engine begins."""

import json
from pathlib import Path

import numpy as np
import pytest

from engine import cli
from engine.benchmark.benchmark import EAGER, REGENERATED, STANDARD, VARIED, Rival, measured
from engine.benchmark.paper import PaperSchedule, ladder, paper_latents
from engine.benchmark.timing import TimedModel
from engine.bundle import Bundle

TOY = Path(__file__).parent.parent / "bundle" / "toy"


@pytest.fixture(scope="module")
def toy():
    return Bundle(TOY, "cpu", threads=1)


@pytest.fixture(scope="module")
def report(toy):
    return measured(toy, [2.0], [Rival(EAGER, toy)], repeats=1, said=lambda _: None)


def test_every_row_is_there_once(report):
    names = [row.name for row in report.rows]
    presets = ["engine, draft", STANDARD, "engine, best"]
    assert names == [*presets, VARIED, REGENERATED, EAGER, *ladder(4)]


def test_the_parts_are_the_whole(report):
    for row in report.rows:
        assert sum(row.parts_s.values()) == pytest.approx(row.elapsed_s)
        assert all(seconds >= 0 for seconds in row.parts_s.values())


def test_a_bundle_that_does_not_say_has_no_operations(report):
    assert all(row.operations is None and report.share_of_matmul(row) is None for row in report.rows)
    assert report.matmul_gflops > 0


def test_ratios_are_of_the_rows(report):
    elapsed = {row.name: row.elapsed_s for row in report.rows}
    ratios = {ratio.name: ratio for ratio in report.ratios}
    eight = ratios["8 variations / one"]
    assert eight.value == pytest.approx(elapsed[VARIED] / elapsed[STANDARD])
    assert eight.holds == (eight.value <= 4)
    assert ratios["eager PyTorch / engine"].value == pytest.approx(elapsed[EAGER] / elapsed[STANDARD])


@pytest.mark.parametrize("everywhere", [True, False])
@pytest.mark.parametrize("padded", [True, False])
def test_the_papers_schedule_calls_the_model_as_often_as_the_paper(toy, padded, everywhere):
    """Six rounds for six latents, 32 steps, both branches; on a canvas of ten where it is padded."""
    timed = TimedModel(toy, toy)
    schedule = PaperSchedule(rounds=6, padded=padded, everywhere=everywhere)
    latents = paper_latents(timed, "a person walks", 6, 10, schedule)
    size = 10 if padded else 6
    assert latents.shape == (6, 4)
    assert np.isfinite(latents).all()
    assert timed.rows["transformer"] == 6 * 2 * size
    assert timed.rows["flow"] == 2 * 32 * (6 * size if everywhere else 6)
    assert timed.rows["text"] == 6 * (5 + 2)


def test_the_text_is_encoded_once_where_that_is_the_measure(toy):
    timed = TimedModel(toy, toy)
    paper_latents(timed, "a person walks", 6, 10, ladder(4)["+ text once"])
    assert timed.rows["text"] == 5 + 2


def test_the_command_gives_json_and_a_picture(tmp_path, capsys):
    pytest.importorskip("matplotlib")
    picture = tmp_path / "bench.png"
    arguments = ["--model", str(TOY), "--provider", "cpu", "--seconds", "1", "--repeats", "1", "--plot", str(picture)]
    assert cli.run(["bench", *arguments, "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["provider"] == "cpu"
    assert {row["motion_s"] for row in report["rows"]} == {1.0}
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_the_table_names_every_row(capsys):
    assert cli.run(["bench", "--model", str(TOY), "--provider", "cpu", "--seconds", "1", "--repeats", "1"]) == 0
    shown = capsys.readouterr().out
    assert "8 variations / one, 1 s:" in shown
    for word in ("draft", "standard", "best", "paper's"):
        assert word in shown


@pytest.mark.parametrize("arguments", [["--seconds", "0"], ["--seconds", "500"], ["--plot", "nowhere/x.png"]])
def test_mistakes_are_sentences(arguments, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    common = ["bench", "--model", str(TOY), "--provider", "cpu", "--repeats", "1"]
    given = arguments if "--seconds" in arguments else ["--seconds", "0.5", *arguments]
    assert cli.run([*common, *given]) == 2
    assert capsys.readouterr().err.strip().endswith(".")
