"""Small pictures in SVG, coloured by the style sheet of the page. Not for deciding what is drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from train.report.html import Html

SIDE, LEFT, BELOW, EDGE = 300, 44, 44, 10
"""Of a picture in its own units: the square, and the room around it for numbers and names."""

BAR, HEIGHT = 120, 12
Points = Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Plane:
    """A square with an axis from 0 to 1 to the right and one from 0 to ``top`` upwards."""

    across: str
    up: str
    top: float = 1.0

    def x(self, value: float) -> float:
        """Where a value stands from the left."""
        return round(LEFT + SIDE * value, 1)

    def y(self, value: float) -> float:
        """Where a value stands from above."""
        return round(EDGE + SIDE * (1 - min(value, self.top) / self.top), 1)

    def line(self, points: Points, kind: str = "curve") -> str:
        """A line through points."""
        path = " ".join(f"{self.x(x)},{self.y(y)}" for x, y in points)
        return f'<polyline class="{kind}" points="{path}"/>'

    def dot(self, x: float, y: float, note: str, radius: float = 4.0) -> str:
        """A dot that says something where a pointer rests on it."""
        return f'<circle class="dot" cx="{self.x(x)}" cy="{self.y(y)}" r="{radius:g}"><title>{escape(note)}</title></circle>'

    def whisker(self, x: float, low: float, high: float) -> str:
        """An interval, upright."""
        return f'<path class="whisker" d="M{self.x(x)} {self.y(low)}V{self.y(high)}"/>'

    def draw(self, title: str, marks: Sequence[str]) -> Html:
        """The picture, with its title below."""
        right, bottom = LEFT + SIDE, EDGE + SIDE
        axes = "".join(self._grid(step / 4) for step in range(5))
        names = (
            f'<text x="{LEFT + SIDE / 2}" y="{bottom + 36}" text-anchor="middle">{escape(self.across)}</text>'
            f'<text transform="translate(11 {EDGE + SIDE / 2}) rotate(-90)" text-anchor="middle">{escape(self.up)}</text>'
        )
        label = escape(title)
        return Html(
            f'<figure><svg viewBox="0 0 {right + EDGE} {bottom + BELOW}" role="img" aria-label="{label}">'
            f"{axes}{names}{''.join(marks)}</svg><figcaption>{label}</figcaption></figure>"
        )

    def _grid(self, share: float) -> str:
        x, y, bottom = self.x(share), self.y(share * self.top), EDGE + SIDE
        return (
            f'<path class="grid" d="M{x} {EDGE}V{bottom}M{LEFT} {y}H{LEFT + SIDE}"/>'
            f'<text x="{x}" y="{bottom + 16}" text-anchor="middle">{share:g}</text>'
            f'<text x="{LEFT - 6}" y="{y + 4}" text-anchor="end">{share * self.top:.3g}</text>'
        )


def bar(value: float, ends: Sequence[float] | None = None) -> Html:
    """A share as a bar with its interval, for a cell of a table that says the number too."""
    whisker = ""
    if ends:
        low, high = (round(BAR * end, 1) for end in ends)
        whisker = f'<path class="whisker" d="M{low} {HEIGHT / 2}H{high}M{low} 2V{HEIGHT - 2}M{high} 2V{HEIGHT - 2}"/>'
    return Html(
        f'<svg class="bar" viewBox="0 0 {BAR} {HEIGHT}" aria-hidden="true"><rect class="track" width="{BAR}" height="{HEIGHT}"/>'
        f'<rect class="fill" width="{BAR * value:.1f}" height="{HEIGHT}"/>{whisker}</svg>'
    )
