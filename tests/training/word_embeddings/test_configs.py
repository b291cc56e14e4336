"""The configurations that the package carries, all as they stand."""

from pathlib import Path

import pytest

from training.word_embeddings.config import MateTraining

CONFIGS = Path(__file__).parents[3] / "training" / "configs"
ABLATIONS = {
    "trained-none": {"model": {"trained": "none"}},
    "trained-rest": {"model": {"trained": "rest"}},
    "trained-all": {"model": {"trained": "all"}},
    "trained-lora": {"model": {"trained": "lora"}},
    "without-self-decoupling": {"loss": {"self_decoupling": 0.0}},
    "without-cross-decoupling": {"loss": {"cross_decoupling": 0.0}},
    "without-alignment": {"loss": {"alignment": 0.0}},
    "without-reconstruction": {"loss": {"reconstruction": 0.0}},
    "without-sentence": {"loss": {"sentence": 0.0}},
    "without-of-words": {"loss": {"of_words": 0.0}},
    "prior-none": {"model": {"prior": "none"}},
    "prior-binary": {"model": {"prior": "binary"}},
    "prior-full": {"model": {"prior": "full"}},
}


@pytest.mark.parametrize("name", ABLATIONS)
def test_an_ablation_differs_from_the_base_in_one_setting(name):
    base = MateTraining.read(CONFIGS / "mate.toml").model_dump()
    changed = MateTraining.read(CONFIGS / "mate" / f"{name}.toml").model_dump()
    differing = {
        group: {key: value for key, value in settings.items() if value != base[group][key]}
        for group, settings in changed.items()
        if settings != base[group]
    }
    assert differing == ABLATIONS[name]


def test_every_carried_file_is_named_here():
    carried = {path.stem for path in (CONFIGS / "mate").glob("*.toml")}
    assert carried == {*ABLATIONS, "near-captions"}
    assert MateTraining.read(CONFIGS / "mate" / "near-captions.toml").near_captions == 0.5
