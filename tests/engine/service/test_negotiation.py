"""Accept headers, as browsers, curl and libraries write them."""

import pytest

from engine.service.negotiation import chosen

OFFERED = ("application/x-npz", "text/x-bvh", "application/json")


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (None, "application/x-npz"),
        ("", "application/x-npz"),
        ("*/*", "application/x-npz"),
        ("application/json", "application/json"),
        ("Application/JSON; charset=utf-8", "application/json"),
        ("text/*", "text/x-bvh"),
        ("application/*;q=0.4, text/x-bvh;q=0.6", "text/x-bvh"),
        ("application/x-npz;q=0, */*", "text/x-bvh"),
        ("*/*;q=0.1, application/json", "application/json"),
        ("application/json;q=nonsense, text/x-bvh;q=0.1", "text/x-bvh"),
        ("text/html", None),
        ("*/*;q=0", None),
        (",", None),
    ],
)
def test_the_best_of_what_is_offered_is_chosen(accept, expected):
    assert chosen(accept, OFFERED) == expected
