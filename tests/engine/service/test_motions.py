"""From prompts to motions over HTTP: jobs, their events, the forms of a motion, uploads, models."""

from __future__ import annotations

import io
import json

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.motion.bvh import read_bvh
from engine.motion.motion import Motion
from tests.engine.service.running import LONG


@pytest.fixture(scope="module")
def made(service):
    """The id of a finished motion."""
    job = service.client.finished(service.client.generate("a person walks backward", seed=11))
    assert job["state"] == "done", job
    return job["motion_ids"][0]


def motion_of(client, motion_id):
    return Motion.from_bytes(client.get(f"/v1/motions/{motion_id}", Accept="application/x-npz").content, "answer")


def test_a_prompt_becomes_a_motion_that_says_how_it_was_made(client, made):
    motion = motion_of(client, made)
    assert len(motion) == 30
    assert motion.meta["seed"] == 11
    assert motion.meta["prompts"] == [{"text": "a person walks backward", "start": 0, "end": 30}]
    assert motion.meta["license"] == "CC0-1.0"


def test_variations_are_as_many_motions_in_the_order_of_their_seeds(client):
    job = client.finished(client.generate(variations=3, seed=40))
    assert [motion_of(client, motion_id).meta["seed"] for motion_id in job["motion_ids"]] == [40, 41, 42]


def test_events_tell_of_every_stage_and_end_with_the_job(client):
    job_id = client.generate(flow_steps=200)
    states = list(client.events(job_id))
    assert states[-1] == client.job(job_id)
    assert states[-1]["state"] == "done"
    assert [state["round"] for state in states] == sorted(state["round"] for state in states)
    assert states[-1]["round"] == states[-1]["rounds"] > 0


def test_a_client_that_comes_late_gets_the_last_state_at_once(client):
    job_id = client.generate()
    last = client.finished(job_id)
    assert list(client.events(job_id)) == [last]


def test_two_clients_follow_one_job(client):
    job_id = client.ask("POST", "/v1/motions", LONG).json()["job_id"]
    first, second = client.events(job_id), client.events(job_id)
    next(first), next(second)
    client.cancel(job_id)
    assert list(first)[-1] == list(second)[-1]
    assert client.job(job_id)["state"] == "cancelled"


def test_a_motion_is_given_in_the_form_that_is_asked_for(client, made):
    path = f"/v1/motions/{made}"
    npz, octets = client.get(path), client.get(path, Accept="application/octet-stream")
    assert npz.headers["content-type"] == "application/x-npz"
    assert octets.headers["content-type"] == "application/octet-stream"
    assert npz.content == octets.content
    bvh = client.get(path, Accept="text/html;q=0.9, text/x-bvh;q=0.5, application/json;q=0.1")
    assert bvh.headers["content-type"].startswith("text/x-bvh")
    assert len(read_bvh(bvh.content.decode("utf-8"), name="answer")) == 30
    numbers = client.get(path, Accept="application/json").json()
    motion = motion_of(client, made)
    np.testing.assert_array_equal(numbers["local_rotations"], motion.local_rotations_wxyz)
    np.testing.assert_array_equal(numbers["root_translation"], motion.root_translation_m)
    assert numbers["meta"] == motion.meta
    assert numbers["frames"] == len(motion)


@pytest.mark.parametrize("accept", ["image/png", "application/json;q=0", "text/html, application/xml;q=0.9"])
def test_a_form_that_does_not_exist_is_refused(client, made, accept):
    answer = client.get(f"/v1/motions/{made}", Accept=accept)
    assert (answer.status, answer.headers["content-type"]) == (406, "application/problem+json")
    assert "text/x-bvh" in answer.json()["detail"]


@pytest.mark.parametrize(
    "path",
    [
        "/v1/motions/0123456789abcdef0123456789abcdef",
        "/v1/motions/..%2F..%2Ftoken",
        "/v1/motions/0123456789abcdef0123456789abcdef/alignment",
        "/v1/jobs/nothing",
        "/v1/jobs/nothing/events",
        "/v2",
    ],
)
def test_what_is_not_there_is_a_problem_in_a_sentence(client, path):
    answer = client.get(path)
    assert (answer.status, answer.headers["content-type"]) == (404, "application/problem+json")
    problem = answer.json()
    assert problem["status"] == 404
    assert problem["detail"].endswith(".")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"prompts": []}, "prompts"),
        ({"prompts": [{"text": "   "}]}, "empty"),
        ({"prompts": [{"text": "x" * 1001}]}, "1000"),
        ({"prompts": [{"text": "walk", "seconds": 0}]}, "prompts.0.seconds"),
        ({"prompts": [{"text": "walk", "seconds": "1"}]}, "prompts.0.seconds"),
        ({"prompts": [{"text": "walk", "seconds": 100}] * 2}, "120 seconds"),
        ({"prompts": [{"text": "walk"}] * 33}, "32"),
        ({"prompts": [{"text": "walk"}], "variations": 17}, "variations"),
        ({"prompts": [{"text": "walk"}], "seed": -1}, "seed"),
        ({"prompts": [{"text": "walk"}], "guidance": 21}, "guidance"),
        ({"prompts": [{"text": "walk"}], "flow_steps": 201}, "flow_steps"),
        ({"prompts": [{"text": "walk"}], "preset": "finest"}, "draft, standard or best"),
        ({"prompts": [{"text": "walk"}], "speed": 2}, "speed"),
        ({"prompts": [{"text": "\ud800"}]}, "prompts.0.text"),
        ({"prompts": [{"text": "walk"}], "guidance": float("nan")}, "guidance"),
    ],
)
def test_a_request_beyond_the_limits_is_refused_by_name(client, body, said):
    answer = client.ask("POST", "/v1/motions", body)
    assert (answer.status, answer.headers["content-type"]) == (422, "application/problem+json")
    assert said in answer.json()["detail"]


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"[]", b"null", b"[" * 100_000])
def test_a_body_that_is_no_json_object_is_refused(client, body):
    answer = client.ask("POST", "/v1/motions", body, {"Content-Type": "application/json"})
    assert answer.status in (400, 422)
    assert answer.json()["detail"].endswith(".")


def test_an_upload_comes_back_as_it_went_in(client, make_motion):
    motion = make_motion(frames=24, fps=23.976)
    answer = client.upload(motion.to_bytes())
    assert answer.status == 201, answer.content
    back = motion_of(client, answer.json()["motion_id"])
    assert back.fps == 23.976
    np.testing.assert_array_equal(back.local_rotations_wxyz, motion.local_rotations_wxyz.astype(np.float32))
    np.testing.assert_array_equal(back.root_translation_m, motion.root_translation_m.astype(np.float32))


def test_an_upload_of_another_kind_is_refused(client):
    assert client.ask("POST", "/v1/motions/upload", b"BVH", {"Content-Type": "text/plain"}).status == 415
    answer = client.upload(b"not an archive")
    assert answer.status == 422
    assert answer.json()["detail"].startswith("The upload is not a readable motion file")


def test_an_uploaded_motion_has_no_alignment(client, make_motion):
    motion_id = client.upload(make_motion(frames=4).to_bytes()).json()["motion_id"]
    answer = client.get(f"/v1/motions/{motion_id}/alignment")
    assert answer.status == 404
    assert "uploaded or changed" in answer.json()["detail"]


def test_the_alignment_tells_what_each_word_did(client):
    prompts = [{"text": "a person walks", "seconds": 1}, {"text": "a person waves slowly", "seconds": 2}]
    job = client.finished(client.generate(prompts=prompts, variations=2))
    for motion_id in job["motion_ids"]:
        alignment = client.get(f"/v1/motions/{motion_id}/alignment").json()
        assert alignment["words"] == ["a", "person", "walks", "a", "person", "waves", "slowly"]
        assert alignment["frame_starts"] == list(range(0, 90, 4))
        weights = np.array(alignment["weights"])
        assert weights.shape == (7, 23)
        assert (weights >= 0).all()
        assert (weights.sum(axis=0) <= 1.001).all()
        assert (weights[:3, 8:] == 0).all()
        assert (weights[3:, :7] == 0).all()
        assert weights[:3, :7].sum() > 0
        assert weights[3:, 8:].sum() > 0
        assert 0 <= alignment["sink_ratio"] <= 1
        assert len(alignment["sink_ratio_by_round"]) > 0


def _changed(arrays, **changes):
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **{**arrays, **changes})
    return buffer.getvalue()


SHAPES = st.lists(st.integers(0, 40), max_size=4).map(tuple)
STRANGE_ARRAYS = st.one_of(
    SHAPES.map(np.zeros),
    SHAPES.map(lambda shape: np.full(shape, np.nan)),
    SHAPES.map(lambda shape: np.full(shape, 1e300)),
    SHAPES.map(lambda shape: np.ones(shape, np.complex64)),
    st.text(max_size=30).map(np.array),
    st.just(np.array([{"a": 1}], dtype=object)),
    st.just(np.zeros((2_000_000, 22, 4), np.float16)),
    st.binary(min_size=1, max_size=8).map(np.array),
)
KEYS = ("format", "joint_names", "parents", "rest_offsets", "local_rotations", "root_translation", "fps", "meta")


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_strange_upload_is_refused_and_the_service_lives(client, make_motion, data):
    whole = make_motion(frames=6).to_bytes()
    with np.load(io.BytesIO(whole)) as file:
        arrays = dict(file)
    kind = data.draw(st.sampled_from(["truncated", "damaged", "array", "bytes"]))
    if kind == "truncated":
        content = whole[: data.draw(st.integers(0, len(whole) - 1))]
    elif kind == "damaged":
        at, flip = data.draw(st.integers(0, len(whole) - 1)), data.draw(st.integers(1, 255))
        content = whole[:at] + bytes([whole[at] ^ flip]) + whole[at + 1 :]
    elif kind == "array":
        content = _changed(arrays, **{data.draw(st.sampled_from(KEYS)): data.draw(STRANGE_ARRAYS)})
    else:
        content = data.draw(st.binary(max_size=2000))
    answer = client.upload(content)
    assert answer.status in (201, 422), answer.content
    if answer.status == 201:
        assert len(motion_of(client, answer.json()["motion_id"])) == 6
    else:
        assert answer.json()["detail"].startswith("The upload")


def test_the_embedded_and_the_given_model_are_listed(client):
    models = client.get("/v1/models").json()["models"]
    assert [(model["name"], model["embedded"], model["active"]) for model in models] == [
        (models[0]["name"], True, False),
        ("toy", False, True),
    ]
    assert all(model["license"] and model["attributions"] for model in models)


def test_info_says_what_may_be_asked(client):
    info = client.get("/v1/info").json()
    assert (info["name"], info["license"], info["provider"], info["fps"]) == ("toy", "CC0-1.0", "cpu", 30.0)
    assert set(info["presets"]) == {"draft", "standard", "best"}
    assert len(info["joint_names"]) == 22
    assert set(info["joint_groups"]) >= {"upper_body", "lower_body", "left_arm", "right_arm"}
    assert info["limits"]["variations"] == 16
    assert 50 < info["memory_mb"] < 700


def test_the_openapi_document_names_every_route_of_the_contract(client):
    paths = {
        (method.upper(), path)
        for path, methods in json.loads(client.get("/openapi.json").content)["paths"].items()
        for method in methods
    }
    assert paths == {
        ("GET", "/v1/health"),
        ("GET", "/v1/info"),
        ("POST", "/v1/motions"),
        ("POST", "/v1/motions/upload"),
        ("POST", "/v1/motions/{motion_id}/regenerate"),
        ("GET", "/v1/jobs/{job_id}"),
        ("GET", "/v1/jobs/{job_id}/events"),
        ("DELETE", "/v1/jobs/{job_id}"),
        ("GET", "/v1/motions/{motion_id}"),
        ("GET", "/v1/motions/{motion_id}/alignment"),
        ("GET", "/v1/models"),
        ("PUT", "/v1/models/active"),
    }
