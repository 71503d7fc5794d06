"""Cover pictures, drawn as SVG from a game and a number. Nothing is loaded from anywhere.

Each game has a palette and a motif; the number (the tournament's key) moves the pieces, so that
two cups of one game look related and not the same. Presentation attributes only: a style
attribute would need 'unsafe-inline'.
"""

import math
import random
from collections.abc import Callable, Iterable, Iterator

WIDTH, HEIGHT = 640, 360

#: Game → background, dark, middle, bright, spark.
PALETTES = {
    "glyphfall": ("#12101f", "#2a2147", "#6b4fd8", "#b8a4ff", "#ffd166"),
    "redline-nine": ("#170d0d", "#3d1414", "#d8352a", "#ff8a5c", "#ffe9d6"),
    "hollow-court": ("#0c1418", "#16323b", "#1f8a9c", "#7fe3e0", "#ff5d73"),
    "orbit-breakers": ("#0a1020", "#14254a", "#2f6fed", "#8fc1ff", "#c8f24e"),
    "mosskeep": ("#0d1510", "#1c3323", "#3f8f4f", "#a6dd7c", "#f2c14e"),
}


def cover(game: str, seed: int) -> str:
    """Return an SVG picture of 640 by 360; an unknown game looks like the first one."""
    game = game if game in PALETTES else "glyphfall"
    # A picture, not a secret: the same number always gives the same picture.
    chance = random.Random(f"{game}-{seed}")  # noqa: S311
    palette = PALETTES[game]
    shapes = "".join(MOTIFS[game](chance, palette))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'preserveAspectRatio="xMidYMid slice">{_backdrop(palette)}{shapes}</svg>'
    )


def _backdrop(palette: tuple[str, ...]) -> str:
    background, dark, *_ = palette
    return (
        f'<defs><linearGradient id="g" x1="0" y1="0" x2="1" y2="1">'
        f'<stop offset="0" stop-color="{dark}"/><stop offset="1" stop-color="{background}"/>'
        f'</linearGradient></defs><rect width="{WIDTH}" height="{HEIGHT}" fill="url(#g)"/>'
    )


def _cards(chance: random.Random, palette: tuple[str, ...]) -> Iterator[str]:
    """A fan of cards, each with a glyph of its own."""
    _, dark, middle, bright, spark = palette
    lean = chance.uniform(-8, 8)
    pick = chance.choice([-2, -1, 0, 1, 2])
    # The chosen card is drawn last, and so lies on top.
    for position in sorted(range(-3, 4), key=lambda place: (place == pick, place)):
        angle = position * 15 + lean
        chosen = position == pick
        spot = f"rotate({angle:.1f}) translate(0 {-305 if chosen else -285})"
        yield f'<g transform="translate(320 470) {spot}">'
        yield (
            f'<rect x="-62" y="-88" width="124" height="180" rx="10" fill="{dark}" '
            f'stroke="{bright if chosen else middle}" stroke-width="{3 if chosen else 1.5}"/>'
        )
        yield _glyph(chance, spark if chosen else middle)
        yield "</g>"


def _glyph(chance: random.Random, colour: str) -> str:
    turn = chance.choice([2, 3, 5])
    points = (_around(0, 0, 34, 2 * math.pi * turn * step / 7) for step in range(7))
    return (
        f'<path d="{_outline(points)}" fill="none" stroke="{colour}" stroke-width="3" '
        'stroke-linejoin="round"/>'
    )


def _road(chance: random.Random, palette: tuple[str, ...]) -> Iterator[str]:
    """A night road that runs at a low sun."""
    background, dark, middle, bright, spark = palette
    sun = chance.randint(210, 430)
    for ring, radius in enumerate((118, 92, 66)):
        glow = f'fill="{middle}" opacity="{0.22 + ring * 0.3:.2f}"'
        yield f'<circle cx="{sun}" cy="196" r="{radius}" {glow}/>'
    yield f'<rect y="196" width="{WIDTH}" height="164" fill="{background}"/>'
    for lane in range(-9, 10):
        x = 320 + lane * 170
        yield f'<path d="M{sun} 196L{x} 360" stroke="{dark}" stroke-width="2"/>'
    for line in range(1, 8):
        y = 196 + 164 * (line / 7) ** 2.2
        yield f'<path d="M0 {y:.1f}H{WIDTH}" stroke="{dark}" stroke-width="2"/>'
    yield f'<path d="M{sun - 5} 196L170 360H300L{sun} 196Z" fill="{dark}"/>'
    yield f'<path d="M{sun - 3} 196L214 360H238Z" fill="{spark}"/>'
    for _ in range(7):
        x, y, length = chance.randint(0, 560), chance.randint(30, 180), chance.randint(40, 150)
        yield f'<path d="M{x} {y}h{length}" stroke="{bright}" stroke-width="2" opacity=".5"/>'


def _shards(chance: random.Random, palette: tuple[str, ...]) -> Iterator[str]:
    """Two fronts of shards that drive into each other, and a spark where they meet."""
    _, dark, middle, bright, spark = palette
    meet = chance.randint(270, 370)
    for shard in range(11):
        side, colour = ((-1, middle), (1, bright))[shard % 2]
        y = 12 + shard * 34 + chance.randint(-10, 10)
        # The nearer to the spark, the further a shard has come.
        tip = meet + side * (abs(y - 180) * 0.75 + chance.randint(-46, 10))
        far, thick = meet + side * 520, chance.randint(26, 58)
        fill = dark if shard % 4 > 1 and abs(y - 180) > 70 else colour
        yield (
            f'<path d="M{tip:.0f} {y}L{far} {y - thick}L{far} {y + thick // 2}Z" '
            f'fill="{fill}" opacity="{chance.uniform(0.5, 0.95):.2f}"/>'
        )
    ends = (_around(meet, 180, chance.randint(34, 96), ray) for ray in range(13))
    rays = "".join(f"M{meet} 180L{x:.0f} {y:.0f}" for x, y in ends)
    yield f'<path d="{rays}" stroke="{spark}" stroke-width="2.5"/>'
    yield f'<circle cx="{meet}" cy="180" r="14" fill="{spark}"/>'
    yield f'<circle cx="{meet}" cy="180" r="6" fill="#fff"/>'


def _orbits(chance: random.Random, palette: tuple[str, ...]) -> Iterator[str]:
    """A planet, broken rings around it, and what flies there."""
    _, dark, middle, bright, spark = palette
    x, y = chance.randint(240, 400), chance.randint(160, 200)
    for _ in range(60):
        yield (
            f'<circle cx="{chance.randint(0, WIDTH)}" cy="{chance.randint(0, HEIGHT)}" '
            f'r="{chance.choice([0.8, 1.1, 1.6])}" fill="{bright}" opacity=".7"/>'
        )
    yield f'<circle cx="{x}" cy="{y}" r="62" fill="{middle}"/>'
    shade = f"M{x - 62} {y}a62 62 0 0 0 124 0a70 34 0 0 1 -124 0Z"
    yield f'<path d="{shade}" fill="{dark}" opacity=".55"/>'
    for ring in range(4):
        radius = 100 + ring * 42
        length = 2 * math.pi * radius
        gap = chance.uniform(0.08, 0.3) * length
        turn, flat = chance.randint(0, 359), 0.42
        yield f'<g transform="translate({x} {y}) rotate(-18) scale(1 {flat}) rotate({turn})">'
        yield (
            f'<circle r="{radius}" fill="none" stroke="{bright if ring % 2 else middle}" '
            f'stroke-width="3" stroke-dasharray="{length - gap:.0f} {gap:.0f}"/>'
        )
        yield f'<circle cx="{radius}" r="{chance.choice([5, 7, 9])}" fill="{spark}"/></g>'


def _hexes(chance: random.Random, palette: tuple[str, ...]) -> Iterator[str]:
    """A board of hexagons; some of them rise, and one holds the keep."""
    background, dark, middle, bright, spark = palette
    keep = (chance.randint(4, 7), chance.randint(2, 3))
    for row in range(7):
        for column in range(12):
            x = column * 62 + (31 if row % 2 else 0) - 20
            rise = chance.choice([0, 0, 0, 8, 16, 26])
            y = row * 54 + 10
            colour = spark if (column, row) == keep else (bright if rise > 16 else middle)
            rise = 34 if (column, row) == keep else rise
            lit = 0.9 if (column, row) == keep else 0.16 + rise / 40
            yield f'<path d="{_hexagon(x, y, 33)}" fill="{background}"/>'
            yield f'<path d="{_hexagon(x, y, 33)}" fill="{dark}" opacity=".8"/>'
            yield f'<path d="{_hexagon(x, y - rise, 31)}" fill="{colour}" opacity="{lit:.2f}"/>'


def _hexagon(x: float, y: float, radius: float) -> str:
    corners = (_around(0, 0, radius, math.pi * step / 3) for step in range(6))
    # Seen a little from the side.
    return _outline((x + dx, y + 0.86 * dy) for dx, dy in corners)


def _around(x: float, y: float, radius: float, angle: float) -> tuple[float, float]:
    """Return the point at this angle (radians, clockwise from the top) of a circle."""
    return x + radius * math.sin(angle), y - radius * math.cos(angle)


def _outline(points: Iterable[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points) + "Z"


MOTIFS: dict[str, Callable[[random.Random, tuple[str, ...]], Iterator[str]]] = {
    "glyphfall": _cards,
    "redline-nine": _road,
    "hollow-court": _shards,
    "orbit-breakers": _orbits,
    "mosskeep": _hexes,
}
