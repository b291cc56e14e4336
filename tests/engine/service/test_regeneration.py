"""A range of a motion made anew over HTTP: of one that was made here, and of one that came from elsewhere."""

from __future__ import annotations

import numpy as np
import pytest

from engine.motion.motion import Motion


@pytest.fixture(scope="module")
def uploaded(service, make_motion):
    """The id of an uploaded motion of 120 frames at 24 fps, and the motion."""
    motion = make_motion(frames=120, fps=24.0)
    motion_id = service.client.upload(motion.to_bytes()).json()["motion_id"]
    return motion_id, Motion.from_bytes(motion.to_bytes(), "motion")


def regenerate(client, motion_id, **body):
    return client.ask("POST", f"/v1/motions/{motion_id}/regenerate", body)


def regenerated(client, motion_id, **body):
    """The motions that a job makes."""
    answer = regenerate(client, motion_id, **body)
    assert answer.status == 202, answer.content
    job = client.finished(answer.json()["job_id"])
    assert job["state"] == "done", job
    contents = [client.get(f"/v1/motions/{made}").content for made in job["motion_ids"]]
    return [Motion.from_bytes(content, "answer") for content in contents]


def test_outside_the_range_every_number_stays(client, uploaded):
    motion_id, before = uploaded
    (after,) = regenerated(client, motion_id, start=40, end=70, prompt="a person waves", seed=5)
    for name in ("local_rotations_wxyz", "root_translation_m"):
        old, new = getattr(before, name), getattr(after, name)
        assert np.array_equal(old[:40], new[:40])
        assert np.array_equal(old[70:], new[70:])
        assert not np.array_equal(old[40:70], new[40:70])
    assert after.fps == 24.0
    edit = after.meta["edits"][-1]
    assert (edit["start"], edit["end"], edit["prompt"], edit["seed"]) == (40, 70, "a person waves", 5)


def test_kept_joints_keep_their_rotations(client, uploaded):
    motion_id, before = uploaded
    (after,) = regenerated(client, motion_id, start=40, end=70, prompt="a person waves", keep_joints=["left_arm"])
    kept = [before.skeleton.index(f"left_{joint}") for joint in ("collar", "shoulder", "elbow", "wrist")]
    assert np.array_equal(before.local_rotations_wxyz[:, kept], after.local_rotations_wxyz[:, kept])


def test_a_result_can_be_changed_again_and_remembers_each_edit(client, uploaded):
    first = regenerate(client, uploaded[0], start=10, end=30, prompt="a person walks").json()["job_id"]
    (motion_id,) = client.finished(first)["motion_ids"]
    motions = regenerated(client, motion_id, start=60, end=90, prompt="a person waves", variations=2, seed=8)
    assert [[edit["start"] for edit in motion.meta["edits"]] for motion in motions] == [[10, 60], [10, 60]]
    assert [motion.meta["edits"][-1]["seed"] for motion in motions] == [8, 9]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"start": 70, "end": 40}, "empty"),
        ({"start": 100, "end": 121}, "120"),
        ({"start": -1, "end": 10}, "start"),
        ({"start": 0, "end": 10, "keep_joints": ["tail"]}, "tail"),
        ({"start": 0, "end": 10, "keep_joints": ["upper_body", "lower_body"]}, "Every joint"),
        ({"start": 0, "end": 10, "prompt": ""}, "prompt"),
        ({"start": 0, "end": 10, "preset": "finest"}, "finest"),
        ({"end": 10}, "start"),
    ],
)
def test_what_can_not_be_made_is_refused_before_it_is_queued(client, uploaded, body, said):
    answer = regenerate(client, uploaded[0], **body)
    assert answer.status == 422
    assert said in answer.json()["detail"]


def test_a_motion_that_is_not_there_can_not_be_changed(client):
    assert regenerate(client, "0" * 32, start=0, end=10).status == 404
