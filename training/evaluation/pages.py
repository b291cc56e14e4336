"""What all pages share: one look, light or dark as the reader's screen is, no file and no network needed."""

from __future__ import annotations

from html import escape

_STYLE = """
:root { color-scheme: light dark; --ink: #1d2430; --soft: #5b6472; --paper: #fbfaf8; --line: #d9d6cf; --accent: #2f6f9f;
  --left: #d9731a; --right: #2f6f9f; --middle: #39414e; --floor: #dcd8d0; --cell: 47 111 159; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8e6e1; --soft: #a3a9b3; --paper: #171a1f; --line: #343941;
  --accent: #7db8e0; --left: #f0a35c; --right: #7db8e0; --middle: #ccd1d9; --floor: #2b3038; --cell: 125 184 224; } }
body { font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 1080px;
  margin: 2.5rem auto; padding: 0 1.2rem; }
h1 { font-size: 1.7rem; margin: 0 0 .2rem; } h2 { font-size: 1.2rem; margin: 2.4rem 0 .6rem; }
p.soft, figcaption, caption { color: var(--soft); font-size: .9rem; }
table { border-collapse: collapse; } caption { caption-side: bottom; text-align: left; padding-top: .4rem; }
.wide { overflow-x: auto; } th, td { padding: .3rem .8rem; text-align: right; border-bottom: 1px solid var(--line);
  font-variant-numeric: tabular-nums; white-space: nowrap; } th:first-child, td:first-child { text-align: left; }
thead th { border-bottom: 2px solid var(--line); font-weight: 600; } td.model { font-weight: 600; }
.interval { color: var(--soft); font-size: .85em; font-weight: 400; }
.figures { display: flex; flex-wrap: wrap; gap: 1rem; } figure { margin: 0; width: 220px; }
canvas { border: 1px solid var(--line); border-radius: 6px; max-width: 100%; }
svg text { fill: var(--soft); font: 12px system-ui, sans-serif; }
"""


def page(title: str, body: str) -> str:
    """A whole document; `title` is plain text, `body` HTML."""
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n{body}\n</body>\n</html>\n"
    )
