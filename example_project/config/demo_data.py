"""What `manage.py seed` makes. Every game, cup and handle is invented."""

from dataclasses import dataclass
from decimal import Decimal

from tournaments.models import Game


@dataclass(frozen=True, slots=True, kw_only=True)
class SeededTournament:
    """A cup that starts in ``days`` (negative: it is over), and how many places are taken."""

    name: str
    game: Game
    summary: str
    rules: str
    fee: Decimal
    currency: str = "usd"
    capacity: int
    taken: int
    days: int
    hour: int = 18
    is_open: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class SeededVenue:
    name: str
    summary: str
    address: str
    price: Decimal
    time_zone: str
    opens: int
    closes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SeededSession:
    topic: str
    summary: str
    price: Decimal
    days: int
    hour: int


TOURNAMENTS = (
    SeededTournament(
        name="Glyphfall Friday",
        game=Game.GLYPHFALL,
        summary="The weekly duel night. Bring one deck, keep it to the end.",
        rules="Single elimination, best of three. Decks are handed in an hour before the start and "
        "stay as they are.\n\nMatches are called in the lobby. Who is ten minutes late gives the "
        "first game away, who is twenty minutes late gives the match away.",
        fee=Decimal("25.00"),
        capacity=16,
        taken=9,
        days=4,
    ),
    SeededTournament(
        name="Night Sprint",
        game=Game.REDLINE,
        summary="Nine tracks, one car, no repairs. Eight drivers, and one seat is empty.",
        rules="Points by track, the slowest driver leaves after every third. Collisions on purpose "
        "cost a lap.",
        fee=Decimal("5.00"),
        capacity=8,
        taken=7,
        days=2,
        hour=21,
    ),
    SeededTournament(
        name="Hollow Court Open",
        game=Game.HOLLOW_COURT,
        summary="Free for everybody, beginners welcome. Two losses and you watch.",
        rules="Double elimination, best of three; best of five from the semi-finals on.",
        fee=Decimal(0),
        capacity=64,
        taken=31,
        days=6,
        hour=16,
    ),
    SeededTournament(
        name="Apogee Cup",
        game=Game.ORBIT,
        summary="Thirty-two pilots in four rings. The outermost one has no cover.",
        rules="Four groups of eight, the first two of each go on. Ties are flown again.",
        fee=Decimal("15.00"),
        currency="eur",
        capacity=32,
        taken=21,
        days=9,
        hour=19,
    ),
    SeededTournament(
        name="Siege Series: Spring",
        game=Game.MOSSKEEP,
        summary="Sixteen keeps, one forest. The slowest cup that we run, and the fullest.",
        rules="Swiss, five rounds, ninety minutes each.",
        fee=Decimal("40.00"),
        capacity=16,
        taken=16,
        days=11,
        hour=10,
    ),
    SeededTournament(
        name="Late Court",
        game=Game.HOLLOW_COURT,
        summary="For night owls in every zone. Paid in yen, because yen has no small coins.",
        rules="Single elimination, best of five.",
        fee=Decimal(1500),
        currency="jpy",
        capacity=16,
        taken=4,
        days=13,
        hour=23,
    ),
    SeededTournament(
        name="Glyphfall Masters: Qualifier",
        game=Game.GLYPHFALL,
        summary="Two seats in the Masters. Decks are in, registration is closed.",
        rules="Single elimination, best of five, open decks.",
        fee=Decimal("60.00"),
        capacity=32,
        taken=26,
        days=1,
        hour=20,
        is_open=False,
    ),
    SeededTournament(
        name="Autumn Final",
        game=Game.REDLINE,
        summary="It rained on track seven, and nobody had chosen rain tyres.",
        rules="Points by track.",
        fee=Decimal("10.00"),
        capacity=8,
        taken=8,
        days=-16,
    ),
)

SESSIONS = (
    SeededSession(
        topic="Reading the first five turns",
        summary="Glyphfall. We go through three of your own games, turn by turn.",
        price=Decimal("40.00"),
        days=2,
        hour=17,
    ),
    SeededSession(
        topic="Braking later than they do",
        summary="Redline Nine. Two tracks of your choice, side by side with my laps.",
        price=Decimal("30.00"),
        days=3,
        hour=19,
    ),
    SeededSession(
        topic="When to leave the keep",
        summary="Mosskeep. Scouting, timing, and the march that nobody expects.",
        price=Decimal("55.00"),
        days=5,
        hour=15,
    ),
)

VENUES = (
    SeededVenue(
        name="The Undercroft",
        summary="Ten machines under a bakery. It smells of bread from four in the morning.",
        address="3 Cooper's Stairs, Lower Town",
        price=Decimal("12.00"),
        time_zone="Europe/Lisbon",
        opens=10,
        closes=24,
    ),
    SeededVenue(
        name="Signal Box 9",
        summary="Five against five, with a door between the teams and a screen for the rest.",
        address="Platform 9, Old Goods Station",
        price=Decimal("30.00"),
        time_zone="Europe/Lisbon",
        opens=12,
        closes=22,
    ),
)

HANDLES = (
    "Marrow", "Pikelet", "Quillon", "Tarnish", "Umbel", "Vantor", "Wickrow", "Yarrowby",
    "Ashfold", "Bellwort", "Cindertoe", "Dunlin7", "Eiderdrop", "Fennick", "Gorsebit", "Hexaline",
    "Inkwhit", "Juniperr", "Kestwell", "Lumpfish", "Mothlight", "Nettleby", "Oxbow", "Plinthe",
    "Quarrel", "Rookery", "Sablefin", "Thrum", "Undertow", "Velvetine", "Whimbrel", "Zephyrine",
)  # fmt: skip
