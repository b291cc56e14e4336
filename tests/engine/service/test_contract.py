"""The service held to its own OpenAPI document by schemathesis: no 5xx, no answer that the document does not know."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.engine.service.running import serving

EXCLUDED_CHECKS = (
    "positive_data_acceptance,"  # what a document can't say, such as the sum of all lengths, is refused with 422
    "use_after_free"  # a job that was cancelled says so; it is not gone
)


@pytest.mark.slow
def test_the_service_keeps_its_contract(tmp_path):
    with serving(tmp_path) as service:
        report = schemathesis(service.client, tmp_path, "--max-examples", "10")
        assert report.returncode == 0, report.stdout[-8000:] + report.stderr[-2000:]
        assert "12 selected / 12 total" in report.stdout
        assert service.process.poll() is None
        assert "Traceback" not in service.log.read_text(encoding="utf-8")


def schemathesis(client, folder, *options):
    """Its own program: its plugin would have to fit our pytest."""
    return subprocess.run(
        [
            *(sys.executable, "-m", "schemathesis.cli", "run", f"{client.url}/openapi.json"),
            *("--header", f"Authorization: Bearer {client.token}", "--exclude-checks", EXCLUDED_CHECKS),
            *("--request-timeout", "60", "--generation-database", "none", "--no-color", *options),
        ],
        cwd=folder,
        env={**os.environ, "PYTHONUTF8": "1"},
        capture_output=True,
        encoding="utf-8",
        timeout=600,
        check=False,
    )
