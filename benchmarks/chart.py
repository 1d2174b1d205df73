"""Bars, as SVG."""

from collections.abc import Iterable
from html import escape

from benchmarks.rounds import Sample

WIDTH, LEFT, RIGHT = 900, 260, 110  # of the picture, for the names, for the figures
TOP, ROW, BAR = 84, 30, 18
OURS, OTHERS, DATABASE = "#b45309", "#64748b", "#cbd5e1"
STYLE = "text{font:14px system-ui,sans-serif;fill:#1e293b}.t{font-size:17px;font-weight:600}.s{fill:#64748b}"


def drawn(samples: dict[str, Sample], connections: int, ours: str) -> str:
    """Two charts, one below the other: answers a second, and what an answer costs."""
    named = sorted(samples.items(), key=lambda named: -named[1].rate)
    height = TOP + ROW * len(named)
    rates = [(name, [(_colour(name, ours), one.rate)]) for name, one in named]
    costs = [
        (name, [(_colour(name, ours), one.server), (DATABASE, one.database or 0)])
        for name, one in sorted(named, key=lambda named: named[1].both or named[1].server)
    ]
    at = f"at {connections} connections"
    parts = [
        *_bars("Answers to “me” a second", f"{at}; one process each, unless it is named", rates, 0),
        *_bars("What an answer costs", f"{at}; µs of the processors, PostgreSQL's share in light grey", costs, height),
    ]
    size = f'width="{WIDTH}" height="{2 * height + 20}" viewBox="0 0 {WIDTH} {2 * height + 20}"'
    ground = '<rect width="100%" height="100%" rx="8" fill="#fff"/>'
    return "\n".join(
        [f'<svg xmlns="http://www.w3.org/2000/svg" {size}>', f"<style>{STYLE}</style>", ground, *parts, "</svg>\n"]
    )


def _colour(name: str, ours: str) -> str:
    return OURS if name.startswith(ours) else OTHERS


def _bars(title: str, words: str, rows: Iterable[tuple[str, list[tuple[str, float]]]], below: int) -> Iterable[str]:
    """A chart whose bars have one part or several, each with its colour."""
    rows = list(rows)
    most = max(sum(value for _, value in bar) for _, bar in rows)
    yield f'<text class="t" x="24" y="{below + 36}">{escape(title)}</text>'
    yield f'<text class="s" x="24" y="{below + 58}">{escape(words)}</text>'
    for number, (name, bar) in enumerate(rows):
        y, x = below + TOP + ROW * number, float(LEFT)
        yield f'<text x="{LEFT - 10}" y="{y + 14}" text-anchor="end">{escape(name)}</text>'
        for colour, value in bar:
            width = value / most * (WIDTH - LEFT - RIGHT)
            yield f'<rect x="{x:.1f}" y="{y}" width="{width:.1f}" height="{BAR}" fill="{colour}"/>'
            x += width
        yield f'<text x="{x + 8:.1f}" y="{y + 14}">{sum(value for _, value in bar):,.0f}</text>'
