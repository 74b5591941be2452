# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 the Helix authors
"""Bar charts as SVG, without a library."""
from __future__ import annotations

from html import escape

ROW, LEFT, WIDTH, RIGHT = 26, 170, 480, 120


def bars(title: str, rows: list[tuple[str, float, str]], mark: float = 0, mark_text: str = "") -> str:
    """One bar per (label, value, text); a vertical line at @mark."""
    top = 54
    height = top + ROW * len(rows) + 20
    scale = WIDTH / max([value for _, value, _ in rows] + [mark, 1e-9])
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {LEFT + WIDTH + RIGHT} {height}" font-family="sans-serif" font-size="13">',
           f'<text x="8" y="22" font-size="16">{escape(title)}</text>']
    for i, (label, value, text) in enumerate(rows):
        y = top + ROW * i
        colour = "#b4532a" if mark and value > mark else "#2a6f97"
        out += [f'<text x="{LEFT - 8}" y="{y + 14}" text-anchor="end">{escape(label)}</text>',
                f'<rect x="{LEFT}" y="{y}" width="{value * scale:.1f}" height="18" fill="{colour}"/>',
                f'<text x="{LEFT + value * scale + 6:.1f}" y="{y + 14}">{escape(text)}</text>']
    if mark:
        x = LEFT + mark * scale
        out += [f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{top - 10}" y2="{height - 14}" stroke="#333" stroke-dasharray="4 3"/>',
                f'<text x="{x:.1f}" y="{top - 14}" text-anchor="middle">{escape(mark_text)}</text>']
    return "\n".join([*out, "</svg>"]) + "\n"


def table(head: list[str], rows: list[list[str]]) -> str:
    """Columns of text: the first to the left, the others to the right."""
    widths = [max(len(row[i]) for row in [head, *rows]) for i in range(len(head))]
    lines = ["  ".join([row[0].ljust(widths[0])] + [cell.rjust(width) for cell, width in zip(row[1:], widths[1:])])
             for row in [head, ["-" * width for width in widths], *rows]]
    return "\n".join(lines)
