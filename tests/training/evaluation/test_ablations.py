"""Ablations: variants are merged into the base, trained from several seeds, measured and tabled; nothing twice."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine.cli import run as run_cli
from engine.errors import UserError
from tests.training.tiny_run import autoencoder_toml, generator_toml
from training.config import AutoencoderTraining
from training.evaluation import evaluation
from training.evaluation.ablations.config import AblationConfig
from training.evaluation.ablations.findings import Finding, findings, lines
from training.evaluation.ablations.running import Ablation
from training.evaluation.ablations.tables import ablation_json, markdown
from training.evaluation.evaluator import load_evaluator
from training.evaluation.suites.prompts import suite_of
from training.trainers.autoencoder import train_autoencoder

VARIANTS = "[variants.plain]\n[variants.deep.model]\ndepth = 2\n[variants.guided.sampling]\nguidance = 6.0\n"


def written(folder, variants, more="seeds = [0, 4]\n"):
    path = folder / "ablation.toml"
    text = "base = 'generator.toml'\nsteps = 2\nrepeats = 1\nprompts = 8\nobedience_motions = 1\n"
    path.write_text(f"{text}{more}{variants}", encoding="utf-8")
    return AblationConfig.read(path)


@pytest.fixture(autouse=True)
def some_orders(monkeypatch):
    """An eighth of the prompts: a generator of two steps is told nothing more by the others, which take minutes."""
    monkeypatch.setattr(evaluation, "suite_of", lambda split: suite_of(split)[::8])


@pytest.fixture(scope="module")
def base(split_shards, text_encoder, tmp_path_factory):
    """A folder with the configuration of a tiny generator, its autoencoder trained."""
    folder = tmp_path_factory.mktemp("ablation")
    shards = Path(split_shards.features.filename).parent
    (folder / "autoencoder.toml").write_text(autoencoder_toml("none", shards), encoding="utf-8")
    settings = AutoencoderTraining.read(folder / "autoencoder.toml")
    settings.open_run(folder / "autoencoder")
    train_autoencoder(settings, split_shards, folder / "autoencoder")
    text = generator_toml("none", shards, folder / "autoencoder", text_encoder)
    (folder / "generator.toml").write_text(text, encoding="utf-8")
    return folder


def test_a_variant_changes_what_it_names_and_nothing_else(base):
    config = written(
        base,
        VARIANTS + "[variants.free]\ntext_dropout = 0.0\nautoencoder = 'elsewhere'\n[variants.free.sampling]\n"
        "preset = 'draft'\n",
    )
    plain, deep, guided, free = config.resolved(base)
    assert [one.training.model.depth for one in (plain, deep, guided, free)] == [1, 2, 1, 1]
    assert (plain.training.text_dropout, free.training.text_dropout) == (0.1, 0.0)
    assert (free.training.autoencoder, free.sampling.preset) == (Path("elsewhere"), "draft")
    assert guided.training == plain.training
    assert (plain.sampling.guidance, guided.sampling.guidance) == (None, 6.0)
    assert {one.training.schedule.steps for one in (plain, deep, guided, free)} == {2}
    assert deep.training.model.width == plain.training.model.width
    assert [plain.from_seed(seed).schedule.seed for seed in config.seeds] == [0, 4]


@pytest.mark.parametrize(
    ("variants", "complaint"),
    [
        ("[variants.deep.model]\ndepht = 2\n", r"variant deep: model\.depht: Extra inputs are not permitted"),
        ('[variants."../up"]\n', "can't name a variant"),
        ("[variants.a.sampling]\nguidence = 2.0\n", "variant a: “guidence” is no option of sampling; choose preset"),
        ("[variants.a.sampling]\nseed = 2\n", "variant a: “seed” is no option of sampling"),
        ("[variants.a.sampling]\nguidance = 99.0\n", "variant a: Guidance must be from 0 to 20, not 99"),
        ("[variants.a.sampling]\nguidance = 'much'\n", "variant a: An option of sampling has a value of another kind"),
    ],
)
def test_a_mistake_is_named_before_anything_is_trained(base, variants, complaint):
    with pytest.raises(UserError, match=complaint):
        written(base, variants).resolved(base)


def finding(variant, place, seed, *values, real=(0.0,)):
    return Finding(variant, place, seed, {}, [{"fid": value} for value in real], [{"fid": value} for value in values])


def test_several_seeds_count_as_one_value_each():
    """Of seeds whose repeats have the means 2, 4 and 6 the mean is 4, its half width 4.303 · 2 / √3."""
    found = [finding("a", 0, 0, 1.0, 3.0), finding("a", 0, 1, 4.0, 4.0), finding("a", 0, 2, 0.0, 12.0)]
    real, one = lines(found)
    assert (real.title, real.estimates["fid"].mean) == ("real motion, cut anew", 0.0)
    assert one.seeds == 3
    assert one.estimates["fid"].mean == 4.0
    assert one.estimates["fid"].half_width == pytest.approx(4.30265 * 2.0 / 3**0.5, rel=1e-5)


def test_one_seed_has_the_interval_of_its_repeats():
    _, one = lines([finding("a", 0, 0, 1.0, 2.0, 3.0)])
    assert one.estimates["fid"].half_width == pytest.approx(4.30265 * 1.0 / 3**0.5, rel=1e-5)


def test_the_difference_is_taken_seed_by_seed_and_where_both_have_it():
    found = [
        *(finding("b", 1, seed, value) for seed, value in ((0, 11.0), (1, 21.0), (2, 30.0), (7, 500.0))),
        *(finding("a", 0, seed, value) for seed, value in ((0, 10.0), (1, 20.0), (2, 30.0))),
    ]
    _, first, second = lines(found)
    assert [first.title, second.title] == ["a", "b"]
    assert first.difference is None
    assert second.difference["fid"].mean == pytest.approx(2 / 3)
    assert second.difference["fid"].half_width == pytest.approx(4.30265 * 0.57735 / 3**0.5, rel=1e-4)
    assert "| FID ↓ | 0.667 ±1.434 |" in markdown([_, first, second])
    assert json.loads(ablation_json([_, first, second]))[2]["seeds"] == 4


@pytest.mark.slow
def test_variants_are_trained_and_measured_and_nothing_is_done_twice(base, split_shards, evaluator_file, tmp_path):
    config = written(base, VARIANTS)
    evaluator = load_evaluator(evaluator_file)
    steps = []

    def run():
        variants = config.resolved(base)
        return Ablation(
            config, variants, split_shards, evaluator, tmp_path, lambda name, step, _: steps.append((name, step))
        ).run()

    found = run()
    assert [(one.variant, one.seed) for one in found] == [
        (name, seed) for seed in (0, 4) for name in ("plain", "deep", "guided")
    ]
    assert {name for name, _ in steps} == {f"{name}, seed {seed}" for name in ("plain", "deep") for seed in (0, 4)}
    by_key = {(one.variant, one.seed): one.model[0] for one in found}
    assert len({figures["fid"] for figures in by_key.values()}) == 6
    assert all(0.0 < figures["sink_ratio"] < 1.0 for figures in by_key.values())
    assert all(0.0 <= figures["sunk_percent"] <= 100.0 for figures in by_key.values())
    assert all({"suite_side", "suite_direction", "suite_speed", "suite_unseen"} <= set(one) for one in by_key.values())
    assert {path.name for path in (tmp_path / "runs").iterdir()} == {
        f"{name}-seed-{seed}" for name in ("plain", "deep") for seed in (0, 4)
    }

    steps.clear()
    (tmp_path / "findings" / "deep-seed-4.json").unlink()
    assert run() == found
    assert steps == []
    assert sorted(findings(tmp_path), key=lambda one: (one.seed, one.place)) == found

    with pytest.raises(UserError, match="trained with other settings"):
        config = written(base, VARIANTS.replace("depth = 2", "depth = 2\nheads = 4"))
        run()


@pytest.mark.slow
def test_the_commands_run_and_show_it(base, split_shards, evaluator_file, tmp_path, capsys):
    written(base, "[variants.plain]\n[variants.guided.sampling]\nguidance = 6.0\n", more="")
    data, out = str(Path(split_shards.features.filename).parent), str(tmp_path)
    assert run_cli(["ablation", "table", out]) == 2
    assert "Nothing has been measured" in capsys.readouterr().err
    config = str(base / "ablation.toml")
    assert run_cli(["ablation", "run", config, "--data", data, "-o", out, "--evaluator", str(evaluator_file)]) == 0
    assert "difference to plain" in capsys.readouterr().out
    assert run_cli(["ablation", "table", out, "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["variant"] for row in rows] == ["real motion, cut anew", "plain", "guided"]
    assert rows[2]["difference"]["fid"][1] is None
    assert run_cli(["ablation", "table", out, "--markdown"]) == 0
    assert capsys.readouterr().out.startswith("| metric | real motion, cut anew (1) | plain (1) | guided (1) |")
