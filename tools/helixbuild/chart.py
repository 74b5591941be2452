# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 the Helix authors
"""Bar charts as SVG, without a library."""
from __future__ import annotations

import math
from html import escape

ROW, LEFT, WIDTH, RIGHT = 26, 210, 480, 120
BETTER, WORSE = "#2a6f97", "#b4532a"


def bars(title: str, rows: list[tuple[str, float, str]], mark: float = 0, mark_text: str = "") -> str:
    """One bar per (label, value, text); a vertical line at @mark."""
    top = 54
    height = top + ROW * len(rows) + 20
    scale = WIDTH / max([value for _, value, _ in rows] + [mark, 1e-9])
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {LEFT + WIDTH + RIGHT} {height}" font-family="sans-serif" font-size="13">',
           f'<text x="8" y="22" font-size="16">{escape(title)}</text>']
    for i, (label, value, text) in enumerate(rows):
        y = top + ROW * i
        colour = WORSE if mark and value > mark else BETTER
        out += [f'<text x="{LEFT - 8}" y="{y + 14}" text-anchor="end">{escape(label)}</text>',
                f'<rect x="{LEFT}" y="{y}" width="{value * scale:.1f}" height="18" fill="{colour}"/>',
                f'<text x="{LEFT + value * scale + 6:.1f}" y="{y + 14}">{escape(text)}</text>']
    if mark:
        x = LEFT + mark * scale
        out += [f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{top - 10}" y2="{height - 14}" stroke="#333" stroke-dasharray="4 3"/>',
                f'<text x="{x:.1f}" y="{top - 14}" text-anchor="middle">{escape(mark_text)}</text>']
    return "\n".join([*out, "</svg>"]) + "\n"


def ratios(title: str, rows: list[tuple[str, float, bool]], mark_text: str) -> str:
    """One bar per (label, ratio, more is better), from 1 in the middle to both sides, on a scale of decades."""
    top, middle = 54, LEFT + WIDTH / 2
    height = top + ROW * len(rows) + 20
    decades = max([1.0] + [math.ceil(abs(math.log10(ratio))) for _, ratio, _ in rows if ratio > 0])
    scale = WIDTH / 2 / decades
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {LEFT + WIDTH + RIGHT} {height}" font-family="sans-serif" font-size="13">',
           f'<text x="8" y="22" font-size="16">{escape(title)}</text>']
    for decade in range(-int(decades), int(decades) + 1):
        x = middle + decade * scale
        out += [f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{top - 10}" y2="{height - 14}" stroke="#{"333" if decade == 0 else "ddd"}"/>',
                f'<text x="{x:.1f}" y="{top - 14}" text-anchor="middle" fill="#666">{mark_text if decade == 0 else f"{10.0 ** decade:g}"}</text>']
    for i, (label, ratio, more_is_better) in enumerate(rows):
        y = top + ROW * i
        length = math.log10(ratio) * scale if ratio > 0 else 0
        colour = BETTER if (ratio >= 1) == more_is_better else WORSE
        out += [f'<text x="{LEFT - 8}" y="{y + 14}" text-anchor="end">{escape(label)}</text>',
                f'<rect x="{middle + min(length, 0):.1f}" y="{y}" width="{max(abs(length), 1):.1f}" height="18" fill="{colour}"/>',
                f'<text x="{LEFT + WIDTH + 8}" y="{y + 14}">{f"{ratio:,.0f}" if ratio >= 100 else f"{ratio:.3g}"}</text>']
    return "\n".join([*out, "</svg>"]) + "\n"


def table(head: list[str], rows: list[list[str]]) -> str:
    """Columns of text: the first to the left, the others to the right."""
    widths = [max(len(row[i]) for row in [head, *rows]) for i in range(len(head))]
    lines = ["  ".join([row[0].ljust(widths[0])] + [cell.rjust(width) for cell, width in zip(row[1:], widths[1:])])
             for row in [head, ["-" * width for width in widths], *rows]]
    return "\n".join(lines)
