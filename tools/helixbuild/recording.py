# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 the Helix authors
"""A terminal session as SVG: each line appears when it did, and all of them stand there where nothing moves."""
from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape

COLUMNS = 100
CELL, LINE, EDGE, HEAD = 7.8, 18, 16, 34
LONGEST_PAUSE = 1.5   # seconds; what took longer is shown as if it had not
CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b\][^\x07]*\x07|[\x00-\x08\x0b-\x1f]")
STYLE = """
text { font: 13px ui-monospace, 'DejaVu Sans Mono', Menlo, monospace; fill: #d6deeb }
.ground { fill: #0f1620 } .bar { fill: #1c2733 } .title { fill: #9fb2c8; font-size: 12px } .typed { fill: #8fd3a6 }
@media (prefers-reduced-motion: no-preference) { .later { animation: appear 1ms both } }
@keyframes appear { from { opacity: 0 } to { opacity: 1 } }
"""


@dataclass
class Line:
    at: float     # seconds since the first
    text: str
    typed: bool   # a prompt with its command


class Screen:
    """What comes from a terminal whose programs write lines only."""

    def __init__(self):
        self.lines: list[Line] = []

    def feed(self, at: float, text: str, typed: bool = False) -> None:
        for line in CONTROL.sub("", text.replace("\r\n", "\n")).rstrip("\n").split("\n"):
            self.lines += [Line(at, line[start:start + COLUMNS], typed) for start in range(0, max(len(line), 1), COLUMNS)]


def paced(lines: list[Line]) -> list[float]:
    """When each line is shown."""
    shown, times = 0.0, []
    for before, line in zip([lines[0], *lines], lines):
        shown += min(max(line.at - before.at, 0.0), LONGEST_PAUSE)
        times.append(shown)
    return times


def svg(title: str, lines: list[Line]) -> str:
    width, height = 2 * EDGE + COLUMNS * CELL, HEAD + 2 * EDGE + LINE * len(lines)
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" xml:space="preserve" viewBox="0 0 {width:g} {height:g}" role="img" aria-label="{escape(title)}">', f"<style>{STYLE}</style>",
           f'<rect class="ground" width="{width:g}" height="{height:g}" rx="8"/>', f'<path class="bar" d="M0 {HEAD - 4}V8a8 8 0 0 1 8-8h{width - 16:g}a8 8 0 0 1 8 8v{HEAD - 12}z"/>']
    out += [f'<circle cx="{18 + 18 * i}" cy="15" r="5.5" fill="{colour}"/>' for i, colour in enumerate(("#ff6159", "#ffbd2e", "#28c941"))]
    out.append(f'<text class="title" x="{width / 2:g}" y="19" text-anchor="middle">{escape(title)}</text>')
    for i, (line, at) in enumerate(zip(lines, paced(lines))):
        kind = "later typed" if line.typed else "later"
        out.append(f'<text class="{kind}" style="animation-delay:{at:.2f}s" x="{EDGE}" y="{HEAD + EDGE + LINE * i + 8}">{escape(line.text)}</text>')
    return "\n".join([*out, "</svg>"]) + "\n"
