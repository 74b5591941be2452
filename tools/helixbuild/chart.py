# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 the Helix authors
"""Bar charts as SVG, without a library."""
from __future__ import annotations

import math
from html import escape

ROW, LEFT, WIDTH, RIGHT = 26, 210, 480, 120
BETTER, WORSE = "#2a6f97", "#b4532a"


# Its own ground, so that it reads on pages of any colour, and a dark one where the reader's are dark.
PANELS_STYLE = """
svg { font: 12px system-ui, sans-serif }
.ground { fill: #ffffff } text { fill: #24292f } .quiet { fill: #57606a } .grid { stroke: #d8dee4 } .one { stroke: #24292f; stroke-width: 1.5 }
.band { fill: #f3f5f7 } .better { fill: #2a6f97 } .worse { fill: #c2410c }
@media (prefers-color-scheme: dark) {
.ground { fill: #0d1117 } text { fill: #e6edf3 } .quiet { fill: #9198a1 } .grid { stroke: #30363d } .one { stroke: #e6edf3 }
.band { fill: #161b22 } .better { fill: #58a6d6 } .worse { fill: #f0883e }
}"""


def panels(title: str, subtitle: str, heads: list[str], rows: list[tuple[str, list[float | None]]], least: float, most: float) -> str:
    """Ratios as bars from 1 on a scale of decades, from @least to @most: a row of (label, one ratio for each panel), a panel for each head.
    A row without ratios is a heading. Bars below @least end in an arrow."""
    row, left, wide, gap, top = 19, 190, 200, 58, 96
    total, height = left + len(heads) * (wide + gap), top + row * len(rows) + 16
    decade = wide / math.log10(most / least)

    def across(panel: int, ratio: float) -> float:
        return left + panel * (wide + gap) + math.log10(max(ratio, least) / least) * decade

    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {total} {height}" role="img" aria-label="{escape(title)}">',
           f"<style>{PANELS_STYLE}</style>", f'<rect class="ground" width="{total}" height="{height}" rx="6"/>',
           f'<text x="16" y="28" font-size="17" font-weight="600">{escape(title)}</text>',
           f'<text class="quiet" x="16" y="48">{escape(subtitle)}</text>']
    for i, (label, ratios_of_row) in enumerate(rows):
        y = top + row * i
        if not ratios_of_row:
            out += [f'<rect class="band" x="0" y="{y}" width="{total}" height="{row}"/>',
                    f'<text x="16" y="{y + 14}" font-weight="600">{escape(label)}</text>']
        else:
            out.append(f'<text x="{left - 12}" y="{y + 14}" text-anchor="end">{escape(label)}</text>')
    marks = [ratio for power in range(-4, 3) for ratio in (10.0 ** power, 3 * 10.0 ** power) if least * 0.999 <= ratio <= most * 1.001]
    for panel, head in enumerate(heads):
        out.append(f'<text x="{across(panel, least)}" y="{top - 26}" font-weight="600">{escape(head)}</text>')
        for ratio in marks:
            x = across(panel, ratio)
            out += [f'<line class="{"one" if ratio == 1 else "grid"}" x1="{x:.1f}" x2="{x:.1f}" y1="{top - 4}" y2="{height - 12}"/>',
                    f'<text class="quiet" x="{x:.1f}" y="{top - 8}" text-anchor="middle" font-size="10">{"Linux" if ratio == 1 else f"{ratio:g}"}</text>']
        for i, (_, ratios_of_row) in enumerate(rows):
            if ratios_of_row and ratios_of_row[panel]:
                out += bar(across, panel, ratios_of_row[panel], top + row * i, least)
    return "\n".join([*out, "</svg>"]) + "\n"


def bar(across, panel: int, ratio: float, y: float, least: float) -> list[str]:
    """From 1 to @ratio, with the number at the right end of it."""
    low, high = sorted((across(panel, ratio), across(panel, 1)))
    kind = "worse" if ratio > 1 else "better"
    shape = f'M{low:.1f},{y + 3}H{high:.1f}V{y + 16}H{low:.1f}' + (f'l-7,-6.5Z' if ratio < least else "Z")
    return [f'<path class="{kind}" d="{shape}"/>',
            f'<text x="{max(high, across(panel, 1)) + 5:.1f}" y="{y + 14}">{ratio:.2f}</text>' if ratio >= 0.01 else
            f'<text x="{across(panel, 1) + 5:.1f}" y="{y + 14}">{ratio:.4f}</text>']


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
