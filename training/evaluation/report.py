"""The report as one HTML file that needs nothing else."""

from __future__ import annotations

from training.evaluation.results import Report


def html(report: Report) -> str:
    """The whole page."""
    return f"<!doctype html><title>{report.model}</title>"
