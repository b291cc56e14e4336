"""The command line as its own process, with the toy bundle."""

import json
import os
import subprocess
import sys
from importlib.metadata import EntryPoint, version
from pathlib import Path

import numpy as np
import pytest
import typer

from engine import cli
from engine.commands.output import stem_of
from engine.motion.motion import Motion

TOY = Path(__file__).parent / "bundle" / "toy"
MODEL = ["--model", str(TOY), "--provider", "cpu", "--threads", "1"]


def run(*arguments, folder, **environment):
    return subprocess.run(
        [sys.executable, "-m", "engine.cli", *map(str, arguments)],
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )


def files_in(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_sentence_becomes_a_file_named_after_it(tmp_path):
    done = run("generate", "A person walks forward!", "--seed", 5, *MODEL, folder=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert files_in(tmp_path) == ["a-person-walks-forward.npz"]
    motion = Motion.load(tmp_path / "a-person-walks-forward.npz")
    assert motion.meta["seed"] == 5
    assert len(motion) == 60
    assert "CC0-1.0" in done.stdout


def test_a_derived_name_never_overwrites_a_take(tmp_path):
    for _ in range(2):
        assert run("generate", "walk", *MODEL, folder=tmp_path).returncode == 0
    assert files_in(tmp_path) == ["walk-take2.npz", "walk.npz"]


def test_json_is_one_object_on_stdout(tmp_path):
    done = run(
        "generate",
        "walk",
        "--seconds",
        1,
        "--seed",
        1,
        "--variations",
        2,
        "-o",
        "w.npz",
        "--json",
        *MODEL,
        folder=tmp_path,
    )
    assert done.stderr == ""
    report = json.loads(done.stdout)
    assert [motion["path"] for motion in report["motions"]] == [str(tmp_path / f"w-{k}.npz") for k in (1, 2)]
    assert [motion["seed"] for motion in report["motions"]] == [1, 2]
    assert report["motions"][0]["frames"] == 30
    assert report["elapsed_seconds"] > 0


def test_settings_reach_the_motion(tmp_path):
    run("generate", "walk", "--guidance", 3.5, "--steps", 7, "-o", "w.npz", *MODEL, folder=tmp_path)
    meta = Motion.load(tmp_path / "w.npz").meta
    assert (meta["guidance"], meta["flow_steps"], meta["provider"]) == (3.5, 7, "cpu")


def test_same_seed_same_file_other_seed_another(tmp_path):
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        assert run("generate", "walk", "--seed", seed, "-o", f"{name}.npz", *MODEL, folder=tmp_path).returncode == 0
    rotations = {name: Motion.load(tmp_path / f"{name}.npz").local_rotations_wxyz for name in "abc"}
    assert (rotations["a"] == rotations["b"]).all()
    assert (rotations["a"] != rotations["c"]).any()


def test_bvh_comes_out_by_its_ending(tmp_path):
    done = run("generate", "walk", "--seconds", 1, "-o", "walk.bvh", *MODEL, folder=tmp_path)
    assert done.returncode == 0, done.stderr
    text = (tmp_path / "walk.bvh").read_text(encoding="utf-8")
    assert text.startswith("HIERARCHY")
    assert "Frames: 30" in text


def test_prompts_of_any_script_pass_a_console_of_ascii(tmp_path):
    done = run("generate", "человек идёт 歩く", *MODEL, folder=tmp_path, PYTHONIOENCODING="ascii", LC_ALL="C")
    assert done.returncode == 0, done.stderr
    assert files_in(tmp_path) == ["человек-идёт-歩く.npz"]
    assert "человек-идёт-歩く.npz" in done.stdout


def test_a_prompt_that_is_cut_says_so(tmp_path):
    done = run("generate", "walks " * 70, "-o", "w.npz", *MODEL, folder=tmp_path)
    assert done.returncode == 0
    assert "64 words" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["generate"], "Missing argument"),
        (["generate", ""], "prompt is empty"),
        (["generate", " \n"], "prompt is empty"),
        (["generate", "w" * 1001], "1001 characters"),
        (["generate", "walk", "--seconds", "0"], "more than 0"),
        (["generate", "walk", "--seconds", "nan"], "more than 0"),
        (["generate", "walk", "--seconds", "inf"], "more than 0"),
        (["generate", "walk", "--seconds", "121"], "at most 120"),
        (["generate", "walk", "--then", "bow", "--seconds", "2"], "2 prompts and 1 lengths"),
        (["generate", "walk", "--then", ""], "prompt is empty"),
        (["generate", "walk", "--loop", "--seconds", "0.5"], "at least 1 second"),
        (["generate", "walk", "--preset", "finest"], "no preset “finest”"),
        (["generate", "walk", "--rounds", "0"], "rounds"),
        (["generate", "walk", "--seconds", "long"], "--seconds"),
        (["generate", "walk", "--seed", "-1"], "seed"),
        (["generate", "walk", "--variations", "17"], "variations"),
        (["generate", "walk", "--guidance", "21"], "Guidance"),
        (["generate", "walk", "--steps", "0"], "flow steps"),
        (["generate", "walk", "--threads", "0"], "threads"),
        (["generate", "walk", "--provider", "abacus"], "no provider “abacus”"),
        (["generate", "walk", "-o", "walk.fbx"], ".npz or .bvh"),
        (["generate", "walk", "-o", "nowhere/walk.npz"], "no folder nowhere"),
        (["generate", "walk", "-o", "taken.npz"], "is a folder"),
        (["generate", "walk", "--model", "nowhere"], "no model folder nowhere"),
        (["generate", "walk", "--model", "."], "bundle.json is missing"),
        (["generate", "walk", "--frobnicate"], "--frobnicate"),
        (["generate", "walk", "and", "more"], "unexpected"),
        (["frobnicate"], "frobnicate"),
        (["--frobnicate"], "--frobnicate"),
    ],
)
def test_mistakes_end_with_one_sentence_status_2_and_no_file(tmp_path, arguments, complaint):
    (tmp_path / "taken.npz").mkdir()
    model = [] if "--model" in arguments or arguments[0] != "generate" else ["--model", str(TOY)]
    done = run(*arguments, *model, folder=tmp_path)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert done.stderr.endswith((".\n", "?\n"))
    assert complaint in done.stderr
    assert files_in(tmp_path) == ["taken.npz"]


def test_several_prompts_become_one_motion(tmp_path):
    done = run("generate", "walks", "--seconds", 1, "--then", "waves", "--seconds", 2, "--loop", "--in-place",
               "--preset", "draft", "--rounds", 3, "--no-cleanup", "-o", "w.npz", *MODEL, folder=tmp_path)  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    motion = Motion.load(tmp_path / "w.npz")
    assert len(motion) == 92
    assert [prompt["text"] for prompt in motion.meta["prompts"]] == ["walks", "waves"]
    assert (motion.meta["preset"], motion.meta["rounds"], motion.meta["loop"]) == ("draft", 3, True)
    assert "cleanup" not in motion.meta
    assert np.ptp(motion.root_translation_m[:, [0, 2]]) == 0.0


@pytest.fixture(scope="module")
def walk(tmp_path_factory):
    folder = tmp_path_factory.mktemp("walk")
    assert run("generate", "walks", "--seconds", 3, "-o", "walk.npz", *MODEL, folder=folder).returncode == 0
    return folder / "walk.npz"


class TestRegenerate:
    """A part of a motion anew, from the command line."""

    def test_frames_outside_the_range_stay(self, walk, tmp_path):
        done = run("regenerate", walk, "waves", "--from", 30, "--to", 60, "--keep", "lower_body", "--keep", "head",
                   "--seed", 4, "--json", *MODEL, folder=tmp_path)  # fmt: skip
        assert (done.returncode, done.stderr) == (0, "")
        (report,) = json.loads(done.stdout)["motions"]
        assert (report["path"], report["frames"]) == (str(tmp_path / "walk.npz"), 90)
        assert [(edit["prompt"], edit["start"], edit["end"], edit["seed"]) for edit in report["edits"]] == [
            ("waves", 30, 60, 4)
        ]
        before, after = Motion.load(walk), Motion.load(tmp_path / "walk.npz")
        changed = (before.local_rotations_wxyz != after.local_rotations_wxyz).any(axis=(1, 2))
        assert changed[30:60].all()
        assert not changed[:30].any()
        assert not changed[60:].any()

    def test_a_result_never_overwrites_its_source(self, walk, tmp_path):
        (tmp_path / "walk.npz").write_bytes(walk.read_bytes())
        done = run("regenerate", "walk.npz", "--from", 0, "--to", 90, "--variations", 2, *MODEL, folder=tmp_path)
        assert (done.returncode, done.stderr) == (0, "")
        assert files_in(tmp_path) == ["walk-1.npz", "walk-2.npz", "walk.npz"]

    @pytest.mark.parametrize(
        ("arguments", "complaint"),
        [
            (["--from", "5"], "--to"),
            (["--from", "5", "--to", "5"], "empty"),
            (["--from", "5", "--to", "91"], "90"),
            (["", "--from", "5", "--to", "9"], "prompt is empty"),
            (["--from", "5", "--to", "9", "--keep", "tail"], "no joint “tail”"),
            (["--from", "5", "--to", "9", "--keep", "upper_body", "--keep", "lower_body"], "Every joint"),
        ],
    )
    def test_mistakes_are_sentences(self, walk, tmp_path, arguments, complaint):
        done = run("regenerate", walk, *arguments, *MODEL, folder=tmp_path)
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
        assert complaint in done.stderr
        assert files_in(tmp_path) == []

    def test_what_is_no_motion_is_refused(self, tmp_path):
        (tmp_path / "a.npz").write_bytes(b"PK")
        for file in ("a.npz", "nowhere.npz"):
            done = run("regenerate", file, "--from", 0, "--to", 9, *MODEL, folder=tmp_path)
            assert (done.returncode, done.stderr.count("\n")) == (2, 1)
            assert file in done.stderr


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="needs a user whom the system can refuse")
def test_a_folder_that_can_not_be_written_is_refused_before_any_work(tmp_path):
    tmp_path.chmod(0o500)
    done = run("generate", "walk", *MODEL, folder=tmp_path)
    assert done.returncode == 2
    assert "can't be written" in done.stderr


@pytest.mark.parametrize("arguments", [[], ["--help"]])
def test_help_lists_the_commands(tmp_path, arguments):
    done = run(*arguments, folder=tmp_path)
    assert done.returncode == 0
    assert "generate" in done.stdout
    assert "doctor" in done.stdout


def test_version(tmp_path):
    assert run("--version", folder=tmp_path).stdout.strip() == version("motionwright")


def test_interrupting_gives_130_and_leaves_no_file(tmp_path, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("engine.generator.Engine.generate", interrupted)
    assert cli.run(["generate", "walk", *MODEL]) == 130
    assert files_in(tmp_path) == []


def test_a_full_disk_is_a_sentence_and_leaves_nothing_half_written(tmp_path, monkeypatch, capsys):
    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez_compressed", full)
    assert cli.run(["generate", "walk", "-o", str(tmp_path / "w.npz"), *MODEL]) == 2
    assert "No space left on device" in capsys.readouterr().err
    assert files_in(tmp_path) == []


@pytest.mark.parametrize(
    ("prompt", "stem"),
    [
        ("A person walks, then waves.", "a-person-walks-then-waves"),
        ("../../etc/passwd", "etc-passwd"),
        ("!!!", "motion"),
        ("nul", "motion-nul"),
        ("COM1", "motion-com1"),
        ("a" * 200, "a" * 60),
        ("ё" * 200, "ё" * 30),
    ],
)
def test_file_names_from_prompts(prompt, stem):
    assert stem_of(prompt) == stem


class TestOtherRooms:
    """Commands that come in through entry points."""

    @pytest.fixture
    def entries(self, monkeypatch):
        found = []
        monkeypatch.setattr(cli, "entry_points", lambda group: found if group == "motionwright.commands" else [])
        return found

    def entry(self, monkeypatch, name, register):
        point = EntryPoint(name, f"{name}.commands:register", "motionwright.commands")
        monkeypatch.setattr(EntryPoint, "load", lambda self: register)
        return point

    def test_a_room_adds_its_commands(self, entries, monkeypatch, capsys):
        def register(app: typer.Typer) -> None:
            @app.command("train")
            def train() -> None:
                print("training")

        entries.append(self.entry(monkeypatch, "training", register))
        assert cli.run(["train"]) == 0
        assert capsys.readouterr().out == "training\n"

    def test_a_missing_package_of_others_leaves_the_rest_and_is_named(self, entries, monkeypatch, capsys):
        def register(app: typer.Typer) -> None:
            raise ModuleNotFoundError("No module named 'torch'", name="torch.nn")

        entries.append(self.entry(monkeypatch, "training", register))
        assert cli.run(["--help"]) == 0
        capsys.readouterr()
        assert cli.run(["train"]) == 2
        assert capsys.readouterr().err == (
            "No such command 'train'; not installed: “training” needs torch (pip install \"motionwright[training]\").\n"
        )

    @pytest.mark.parametrize("module", ["training.losses", "engine.motion.nothing", "export"])
    def test_a_missing_module_of_ours_is_a_bug_and_is_seen(self, entries, monkeypatch, module):
        def register(app: typer.Typer) -> None:
            raise ModuleNotFoundError(f"No module named '{module}'", name=module)

        entries.append(self.entry(monkeypatch, "training", register))
        with pytest.raises(ModuleNotFoundError):
            cli.run(["--help"])

    def test_any_other_failure_is_seen(self, entries, monkeypatch):
        def register(app: typer.Typer) -> None:
            raise ImportError("cannot import name")

        entries.append(self.entry(monkeypatch, "training", register))
        with pytest.raises(ImportError):
            cli.run(["--help"])
