"""Draws the live view of a quickstart as an animated SVG, from a recording of its terminal.

    script -qec "./krpo quickstart" recording.txt
    python tools/pictures/live_view.py recording.txt "./krpo quickstart" docs/images/live-view.svg
"""
import re
import sys
from xml.sax.saxutils import escape

FRAMES, SECONDS = 16, 0.6
WIDTH, LEFT, TOP, LINE, CELL = 860, 20, 34, 24, 8.43
BLOCKS = "▁▂▃▄▅▆▇█"


def row(text, y):
    """A line of text, each column at its place; block characters become rectangles, because fonts leave gaps."""
    parts, column = [], 0
    for run in re.findall(r"[▁▂▃▄▅▆▇█░]+| {2,}|(?:(?! {2})[^▁▂▃▄▅▆▇█░])+", text):
        x = LEFT + (column + len(run) - len(run.lstrip())) * CELL
        if run[0] in BLOCKS or run[0] == "░":
            for i, block in enumerate(run):
                height = 4 if block == "░" else 2 * (BLOCKS.index(block) + 1)
                colour = "#30363d" if block == "░" else "#3fb950"
                parts.append(f'<rect x="{x + i * CELL:.1f}" y="{y + 3 - height}" width="{CELL - 0.9:.1f}"'
                             f' height="{height}" fill="{colour}"/>')
        elif run.strip():
            parts.append(f'<text x="{x:.1f}" y="{y}">{escape(run.strip())}</text>')
        column += len(run)
    return "".join(parts)


def main(recording, command, picture):
    text = open(recording, encoding="utf-8", errors="replace").read().replace("\r", "")
    redraws = re.split(r"\x1b\[\d+A\x1b\[J", text)
    screens = [re.sub(r"\x1b\[\d*m", "", redraw).split("\n")[:7] for redraw in redraws[1:]]
    result = re.search(r"Held-out greedy accuracy: .*", text)[0]
    chosen = [screens[round(i * (len(screens) - 1) / (FRAMES - 1))] for i in range(FRAMES)]
    height = TOP + 10 * LINE + 8
    style = 'font-family="monospace" font-size="14" fill="#e6edf3"'
    svg = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" {style}>',
           "<title>The live view of a quickstart</title>",
           f'<rect width="{WIDTH}" height="{height}" rx="10" fill="#0d1117"/>',
           row("$ " + command, TOP)]
    duration = SECONDS * (FRAMES + 5)
    for i, screen in enumerate(chosen):
        last = i == FRAMES - 1
        begin, end = i * SECONDS / duration, 1 if last else (i + 1) * SECONDS / duration
        shown = "inline" if last else "none"
        times = [(0, "none"), (begin, "inline"), (end, "none")] if begin else [(0, "inline"), (end, "none")]
        times = times[:-1] if last else times
        svg.append(f'<g display="{shown}"><animate attributeName="display" calcMode="discrete" dur="{duration:g}s"'
                   f' repeatCount="indefinite" values="{";".join(v for _, v in times)}"'
                   f' keyTimes="{";".join(f"{t:.4f}" for t, _ in times)}"/>')
        lines = screen + (["", result] if last else [])
        svg += [row(line, TOP + (2 + n) * LINE - 12) for n, line in enumerate(lines) if line.strip()]
        svg.append("</g>")
    open(picture, "w", encoding="utf-8").write("\n".join(svg + ["</svg>"]) + "\n")


main(*sys.argv[1:])
