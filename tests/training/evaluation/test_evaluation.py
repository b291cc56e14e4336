"""An evaluation as a whole, of a model that answers at once: figures, resuming, report, command line."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tests.training.evaluation.made_subject import MadeSubject
from training.evaluation.evaluation import Evaluation, Plan
from training.evaluation.evaluator import load_evaluator
from training.evaluation.report import html
from training.evaluation.results import METRICS
from training.evaluation.suites.prompts import HELD_OUT_SUITE
from training.evaluation.tables import json_text

PLAN = Plan(repeats=2, prompts=24, variations=2, varied_prompts=2, obedience_seeds=1, curve_prompts=10, shown=2)


class KilledError(Exception):
    """Stands for a kill."""


class DiesAfter(MadeSubject):
    """Is killed when it has answered so often."""

    limit = 60

    def answer(self, *arguments, **settings):
        if self.answered == self.limit:
            raise KilledError
        return super().answer(*arguments, **settings)


def evaluation(subject, split_shards, evaluator_file, folder, **changes):
    return Evaluation(subject, split_shards, load_evaluator(evaluator_file), replace(PLAN, **changes), folder)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("evaluation")


@pytest.fixture(scope="module")
def report(split_shards, evaluator_file, folder):
    return evaluation(MadeSubject("walker"), split_shards, evaluator_file, folder).report()


def test_real_motion_stands_first_and_every_metric_is_there(report):
    assert [row.title for row in report.rows] == ["real motion, cut anew", "real motion, other clips", "walker"]
    assert set(report.rows[-1].estimates) == set(METRICS)
    assert set(METRICS) - set(report.rows[0].estimates) == {"multimodality", "sink_ratio", "sunk_percent"}
    assert report.rows[-1].estimates["sink_ratio"].mean == 0.25
    assert report.rows[-1].estimates["sunk_percent"].mean == 50.0
    assert all(math.isfinite(one.mean) and math.isfinite(one.half_width) for one in report.rows[-1].estimates.values())
    assert [len(curve.points) for curve in report.curves] == [5, 5]


def test_a_model_that_only_walks_obeys_only_to_walk(report):
    by_prompt = report.obedience.by_prompt
    assert by_prompt["a person walks forward"].value == pytest.approx(2.0 / 3.0)  # its feet glide over the ground
    assert by_prompt["a person walks backward"].value < 1.0
    assert report.obedience.overall.total == sum(len(order.names) for order in HELD_OUT_SUITE)
    assert set(report.obedience.by_suite) == {"seen", "unseen", "composed"}


def test_the_report_stands_alone_and_its_json_can_be_read(report):
    page = html(report)
    assert page.count("<canvas") == 4
    assert "http" not in page
    read = json.loads(json_text(report))
    assert read["rows"][2]["fid"]["mean"] == report.rows[2].estimates["fid"].mean
    assert sum(map(sum, read["confusion"]["counts"])) == 2 * 24
    assert read["suites"]["scripts"]["total"] == 50
    assert {row["content"] for row in read["actions"]} >= {"walk", "bow"}
    assert read["split"] == "test"


def test_a_killed_evaluation_goes_on_and_finds_the_same(report, split_shards, evaluator_file, folder, tmp_path):
    subject = DiesAfter("walker")
    with pytest.raises(KilledError):
        evaluation(subject, split_shards, evaluator_file, tmp_path, suites=False).report()
    again = MadeSubject("walker")
    found = evaluation(again, split_shards, evaluator_file, tmp_path, suites=False).report()
    assert found.rows == report.rows
    assert found.obedience == report.obedience
    whole = MadeSubject("walker")
    evaluation(whole, split_shards, evaluator_file, folder).report()
    assert whole.answered == 2 * PLAN.shown  # only what is shown is made again
    assert again.answered < 24 * 2 + len(HELD_OUT_SUITE) + 10 * 10 + 4 + whole.answered


def test_the_two_splits_change_their_places(split_shards, evaluator_file, tmp_path):
    """What is chosen by one split has not been looked at in the other."""
    plan = replace(PLAN, repeats=1, prompts=20, split="validation")
    judge, subject = load_evaluator(evaluator_file), MadeSubject("walker")
    chosen = Evaluation(subject, split_shards, judge, plan, tmp_path)._meter.repeat(0, 20, plan.sampling)
    names = {split: {row.name for row in split_shards.of(split)} for split in ("train", "validation", "test")}
    assert {example.clip for example in chosen.asked} == names["validation"]


def test_another_model_is_measured_anew(report, split_shards, evaluator_file, folder):
    other = MadeSubject("other", bend_rad=0.5)
    found = evaluation(other, split_shards, evaluator_file, folder, suites=False).report()
    assert other.answered > 100
    assert found.rows[:2] == report.rows[:2]
    assert found.rows[2].estimates["jerk_m_s3"].mean > report.rows[2].estimates["jerk_m_s3"].mean


@pytest.mark.slow
def test_the_command_line_measures_a_bundle(split_shards, evaluator_file, tmp_path):
    bundle = Path(__file__).parents[3] / "engine" / "models" / "default"
    command = [
        *(sys.executable, "-m", "engine", "evaluate", str(bundle)),
        *("--data", str(Path(split_shards.features.filename).parent), "--evaluator", str(evaluator_file)),
        *(
            "--repeats",
            "1",
            "--prompts",
            "8",
            "--curve-prompts",
            "0",
            "--preset",
            "draft",
            "--no-suites",
            "-o",
            str(tmp_path),
        ),
    ]
    done = subprocess.run([*command, "--json"], capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    assert (tmp_path / "report.html").stat().st_size > 10_000
    table = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    assert "real motion" in table.stdout
    assert "FID" in table.stdout


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--protocol", "kit"], "There is no protocol “kit”"),
        (["--split", "train"], "Nothing is measured on the split “train”; choose test or validation"),
        (["--guidance", "99"], "Guidance must be from 0 to 20"),
        (["--protocol", "mardm-67"], "is an evaluator for ms-272; add --protocol ms-272"),
    ],
)
def test_mistakes_are_sentences(split_shards, evaluator_file, tmp_path, arguments, complaint, capsys):
    from engine.cli import run

    bundle = Path(__file__).parents[3] / "engine" / "models" / "default"
    data = str(Path(split_shards.features.filename).parent)
    status = run(["evaluate", str(bundle), "--data", data, "--evaluator", str(evaluator_file), *arguments])
    assert status == 2
    assert complaint in capsys.readouterr().err
    assert run(["evaluate", str(tmp_path), "--data", data]) == 2
    assert "neither an exported bundle nor the run of a generator" in capsys.readouterr().err
