#!/usr/bin/env python3
"""Draws the results of `./dev bench --json FILE` as docs/performance/{ratios,cpu}.svg.

Usage: tools/plot_bench.py FILE [DIRECTORY]
"""

import json
import os
import sys
from xml.sax.saxutils import escape

WIDTH = 860
BAR = 18
# The background is drawn, so that text is readable wherever the picture is shown.
STYLE = """
  .background { fill: #ffffff }
  text { font: 13px system-ui, sans-serif; fill: #1f2328 }
  .title { font-weight: 600; font-size: 15px }
  .small { font-size: 11px; fill: #59636e }
  .inside { fill: #ffffff; font-size: 11px }
  .axis { stroke: #8c959f; stroke-width: 1 }
  .target { stroke: #1f2328; stroke-width: 2.5 }
  .spread { stroke: #1f2328; stroke-width: 1 }
  .met { fill: #0072b2 } .unmet { fill: #d55e00 }
  .p0 { fill: #0072b2 } .p1 { fill: #9a5b9d } .p2 { fill: #b8700c } .p3 { fill: #00805c }
  @media (prefers-color-scheme: dark) {
    .background { fill: #0d1117 } text { fill: #e6edf3 } .small { fill: #9198a1 } .inside { fill: #ffffff }
    .target, .spread { stroke: #e6edf3 }
  }
"""

CHAINS = {
    "durable": "product",
    "volatile": "product, volatile",
    "unsigned": "product, no grants",
    "empty": "empty chain (a)",
    "handwritten": "hand-written (b)",
}
CPU_SCENARIOS = ["gateways mTLS warm 64", "gateways mTLS cold 64", "direct mTLS warm 64", "direct mTLS cold 64"]


class Drawing:
    """The elements of one picture, from top to bottom."""

    def __init__(self, title, subtitle):
        self.elements = []
        self.y = 24
        self.text(10, title, "title")
        self.y += 20
        self.text(10, subtitle, "small")
        self.y += 22

    def text(self, x, words, kind="", y=None, anchor="start"):
        y = self.y if y is None else y
        self.elements.append(f'<text x="{x:.1f}" y="{y:.1f}" class="{kind}" text-anchor="{anchor}">{escape(words)}</text>')

    def bar(self, x, width, kind, title):
        self.elements.append(
            f'<rect x="{x:.1f}" y="{self.y:.1f}" width="{max(width, 0):.1f}" height="{BAR}" class="{kind}">'
            f"<title>{escape(title)}</title></rect>"
        )

    def line(self, x1, y1, x2, y2, kind):
        self.elements.append(f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" class="{kind}"/>')

    def save(self, path, description):
        body = "\n".join(self.elements)
        with open(path, "w", encoding="utf-8") as file:
            file.write(
                f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {self.y + 6:.0f}" width="{WIDTH}" '
                f'role="img" aria-label="{escape(description)}">\n<style>{STYLE}</style>\n'
                f'<rect width="100%" height="100%" rx="6" class="background"/>\n{body}\n</svg>\n'
            )


def where(results):
    machine = results["machine"]
    return f"{machine['cores']} cores, {machine['processor']}, commit {results['commit'][:12]}"


def ratios(results, path):
    drawing = Drawing(
        "Ratios of chains measured side by side",
        f"bar: median of the rounds; thin line: half of the rounds; thick line: target. {where(results)}",
    )
    left, scale = 10, (WIDTH - 130) / 1.5
    for row in results["rows"]:
        drawing.y += 12
        drawing.text(left, row["name"])
        drawing.y += 6
        ratio = row["ratio"]
        sign = "\u2264" if row["comparison"] == "at most" else "\u2265"
        if ratio is not None:
            drawing.bar(left, min(ratio, 1.5) * scale, "met" if row["met"] else "unmet", row["name"])
            low, high = (left + min(end, 1.5) * scale for end in row["quartiles"])
            drawing.line(low, drawing.y + BAR / 2, high, drawing.y + BAR / 2, "spread")
        at = left + row["target"] * scale
        drawing.line(at, drawing.y - 3, at, drawing.y + BAR + 3, "target")
        value = "not measured" if ratio is None else f"{ratio:.2f}"
        verdict = "met" if row["met"] else "not met"
        drawing.text(WIDTH - 10, f"{value}  ({sign} {row['target']:.2f})", y=drawing.y + 9, anchor="end")
        drawing.text(WIDTH - 10, verdict, "small", y=drawing.y + 21, anchor="end")
        drawing.y += BAR + 14
    drawing.save(path, "Measured ratios and their targets")


def cpu(results, path):
    scenarios = [name for name in CPU_SCENARIOS if name in results["absolutes"]]
    measured = {
        name: {kind: chain for kind, chain in results["absolutes"][name].items() if kind in CHAINS and "error" not in chain}
        for name in scenarios
    }
    most = max((chain["cpu_us_total"] for chains in measured.values() for chain in chains.values()), default=1)
    drawing = Drawing(
        "CPU per migration and process, microseconds",
        f"medians at 64 in flight; the load generator is not counted. {where(results)}",
    )
    left, scale = 140, (WIDTH - 210) / most
    names = {"gateways": "through both gateways", "direct": "direct routing"}
    for scenario in scenarios:
        shape, transport, tokens, _ = scenario.split()
        words = "every token new" if tokens == "cold" else "tokens seen before"
        drawing.y += 14
        drawing.text(10, f"{names[shape]}, {transport}, {words}")
        drawing.y += 8
        for kind, label in CHAINS.items():
            chain = measured[scenario].get(kind)
            if chain is None:
                continue
            drawing.text(left - 8, label, "small", y=drawing.y + 13, anchor="end")
            x = left
            members = chain["cpu_us"]
            for process, microseconds in members.items():
                color = {"partner_server": 0, "partner_gateway": 1, "primary_gateway": 2, "primary_server": 3}[process]
                width = microseconds * scale
                drawing.bar(x, width - 1, f"p{color}", f"{process} {microseconds:.1f}")
                if width > 34:
                    drawing.text(x + width / 2, f"{microseconds:.0f}", "inside", y=drawing.y + 13, anchor="middle")
                x += width
            drawing.text(x + 6, f"{chain['cpu_us_total']:.0f}", y=drawing.y + 13)
            drawing.y += BAR + 4
        drawing.y += 8
    drawing.y += 6
    x = left
    for color, process in enumerate(["partner server", "partner gateway", "primary gateway", "primary server"]):
        drawing.elements.append(f'<rect x="{x}" y="{drawing.y}" width="12" height="12" class="p{color}"/>')
        drawing.text(x + 18, process, "small", y=drawing.y + 10)
        x += 140
    drawing.y += 18
    drawing.save(path, "CPU per migration and process")


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    with open(sys.argv[1], encoding="utf-8") as file:
        results = json.load(file)
    directory = sys.argv[2] if len(sys.argv) == 3 else "docs/performance"
    os.makedirs(directory, exist_ok=True)
    ratios(results, os.path.join(directory, "ratios.svg"))
    cpu(results, os.path.join(directory, "cpu.svg"))


if __name__ == "__main__":
    main()
