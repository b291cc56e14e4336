"""`motionwright doctor`: the findings of `engine.doctor` as a table or as JSON."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable

import typer

from engine.commands.options import JsonOption, ModelOption, ProviderOption
from engine.doctor import Finding, examine


def doctor(model: ModelOption = None, provider: ProviderOption = "auto", as_json: JsonOption = False) -> None:
    """Look at everything that generating needs, and say what to do about what is missing."""
    findings = list(examine(model, provider))
    ok = all(finding.ok for finding in findings)
    if as_json:
        rows = [dataclasses.asdict(finding) for finding in findings]
        print(json.dumps({"ok": ok, "findings": rows}, ensure_ascii=False))
    else:
        _show(findings)
    raise typer.Exit(0 if ok else 1)


def _show(findings: Iterable[Finding]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table("", "Looked at", "Found", box=None, pad_edge=False)
    hints = []
    for finding in findings:
        mark = Text("ok", "green") if finding.ok else Text("!!", "bold red")
        table.add_row(mark, finding.name, Text(finding.found))
        if finding.hint and not finding.ok:
            hints.append(f"{finding.name}: {finding.hint}")
    console = Console()
    console.print(table)
    for hint in hints:
        console.print(Text(hint))
