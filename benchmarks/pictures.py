"""`python -m benchmarks.pictures`: draws `docs/images/*.svg` again, each from the text of the same name beside it.

A line of the text is one thing to draw; `#` begins a remark. Sizes are in pixels, `|` separates lines of writing:

    picture WIDTH HEIGHT TITLE
    KIND NAME X Y WIDTH HEIGHT WRITING            a box; its first line is bold, but in a frame
    note X Y WRITING                              words alone, from the left
    arrow NAME.SIDE[+SHIFT] NAME.SIDE[+SHIFT] [both] [dashed] [: WRITING]

SIDE is left, right, top or bottom; SHIFT moves the end along it. An arrow bends where its ends are not opposite.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html import escape
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "docs" / "images"
FONTS = "system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif"
INK, PAPER, LINE = "#1f2328", "#ffffff", "#57606a"
FILLS = {
    "role": "#ddf4ff", "topic": "#fff1d6", "store": "#ffe4e1", "outside": "#f2f3f5", "layer": "#e6f4ea",
    "client": "#efe6fb", "frame": "#fafbfc",
}  # fmt: skip
LINE_HEIGHT = 17
END = re.compile(r"([\w-]+)\.(left|right|top|bottom)([+-]\d+)?")
ARROW = re.compile(rf"arrow ({END.pattern}) ({END.pattern})( both)?( dashed)?(?: : (.+))?")
BOX = re.compile(rf"({'|'.join(FILLS)}) ([\w-]+) (\d+) (\d+) (\d+) (\d+) (.+)")
NOTE = re.compile(r"note (\d+) (\d+) (.+)")
PICTURE = re.compile(r"picture (\d+) (\d+) (.+)")


@dataclass(frozen=True)
class Box:
    """A box with writing in it."""

    kind: str
    x: int
    y: int
    width: int
    height: int
    lines: tuple[str, ...]

    def end(self, side: str, shift: int) -> tuple[int, int]:
        """The point of a side that an arrow touches."""
        if side in ("left", "right"):
            return self.x + self.width * (side == "right"), self.y + self.height // 2 + shift
        return self.x + self.width // 2 + shift, self.y + self.height * (side == "bottom")


def drawing(text: str) -> str:
    """The SVG of one text; ValueError names a line that says nothing."""
    boxes: dict[str, Box] = {}
    head, body = "", list[str]()
    for line in _lines(text):
        if match := PICTURE.fullmatch(line):
            head = "\n".join(_head(int(match[1]), int(match[2]), match[3]))
        elif match := BOX.fullmatch(line):
            x, y, width, height = (int(match[number]) for number in range(3, 7))
            lines = tuple(each.strip() for each in match[7].split("|"))
            boxes[match[2]] = Box(match[1], x, y, width, height, lines)
            body += _box(boxes[match[2]])
        elif match := NOTE.fullmatch(line):
            body += _writing(match[3].split("|"), int(match[1]), int(match[2]), "note")
        elif match := ARROW.fullmatch(line):
            body += _arrow(boxes, match)
        else:
            raise ValueError(f"not a line of a picture: {line}")
    return "\n".join([head, *body, "</svg>"]) + "\n"


def arrows(text: str) -> Iterator[tuple[str, str]]:
    """The names of the boxes that each arrow joins, from and to."""
    for line in _lines(text):
        if match := ARROW.fullmatch(line):
            yield match[2], match[6]


def _lines(text: str) -> Iterator[str]:
    """What is to be drawn, whatever white space sets it in columns."""
    lines = (" ".join(line.split()) for line in text.splitlines())
    return (line for line in lines if line and not line.startswith("#"))


def _head(width: int, height: int, title: str) -> Iterator[str]:
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}" role="img" font-family="{FONTS}" font-size="13">'
    )
    yield f"<title>{escape(title)}</title>"
    yield (
        '<defs><marker id="tip" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="8" markerHeight="8" '
        f'orient="auto-start-reverse"><path d="M0 1 L9 5 L0 9 z" fill="{LINE}"/></marker></defs>'
    )
    yield f'<rect x=".5" y=".5" width="{width - 1}" height="{height - 1}" rx="8" fill="{PAPER}" stroke="#d0d7de"/>'


def _box(box: Box) -> Iterator[str]:
    radius = box.height // 2 if box.kind == "topic" else 6
    yield (
        f'<rect x="{box.x}" y="{box.y}" width="{box.width}" height="{box.height}" rx="{radius}" '
        f'fill="{FILLS[box.kind]}" stroke="{LINE}"/>'
    )
    if box.kind == "frame":
        yield from _writing(box.lines, box.x + 10, box.y + 19, "note")
    else:
        top = box.y + box.height // 2 - LINE_HEIGHT * (len(box.lines) - 1) // 2 + 5
        yield from _writing(box.lines, box.x + box.width // 2, top, "box")


def _writing(lines: Iterable[str], x: int, y: int, place: str) -> Iterator[str]:
    for number, line in enumerate(lines):
        style = "" if place == "note" else ' text-anchor="middle"'
        if place == "box" and number == 0:
            style += ' font-weight="600"'
        colour = INK if place == "box" else LINE
        yield f'<text x="{x}" y="{y + LINE_HEIGHT * number}" fill="{colour}"{style}>{escape(line.strip())}</text>'


def _arrow(boxes: dict[str, Box], match: re.Match[str]) -> Iterator[str]:
    x1, y1 = boxes[match[2]].end(match[3], int(match[4] or 0))
    x2, y2 = boxes[match[6]].end(match[7], int(match[8] or 0))
    across = match[3] in ("left", "right"), match[7] in ("left", "right")
    if across == (True, True):
        middle = (x1 + x2) // 2
        path = f"M{x1} {y1} H{middle} V{y2} H{x2}" if y1 != y2 else f"M{x1} {y1} H{x2}"
    elif across == (False, False):
        middle = (y1 + y2) // 2
        path = f"M{x1} {y1} V{middle} H{x2} V{y2}" if x1 != x2 else f"M{x1} {y1} V{y2}"
    else:
        path = f"M{x1} {y1} H{x2} V{y2}" if across[0] else f"M{x1} {y1} V{y2} H{x2}"
    more = ' marker-start="url(#tip)"' if match[9] else ""
    more += ' stroke-dasharray="5 4"' if match[10] else ""
    yield f'<path d="{path}" fill="none" stroke="{LINE}" stroke-width="1.5" marker-end="url(#tip)"{more}/>'
    if match[11]:
        lines = match[11].split("|")
        rise = LINE_HEIGHT * (len(lines) - 1)
        if across == (False, False):
            yield from _writing(lines, max(x1, x2) + 8, (y1 + y2 - rise) // 2 + 4, "note")
        else:
            yield from _writing(lines, (x1 + x2) // 2, min(y1, y2) - 7 - rise, "middle")


def main() -> None:
    """Draw every text of the folder."""
    for text in sorted(FOLDER.glob("*.txt")):
        text.with_suffix(".svg").write_text(drawing(text.read_text("utf-8")), "utf-8")
        print(text.with_suffix(".svg"))


if __name__ == "__main__":
    main()
