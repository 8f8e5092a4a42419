"""Damaged copies of a file, the same ones each time: what broken disks, half downloads and bad intentions leave."""

import random
from collections.abc import Iterator

EDGES = (
    b"\0",
    b"\xff",
    b"\xff\xff\xff\xff",
    b"\x7f\xff\xff\xff",
    b"\0\0\0\0",
    b"\x80\0\0\0",
    b"-1",
    b"9" * 12,
    b"'\"<&",
)


def mutants(whole: bytes, count: int, seed: int) -> Iterator[bytes]:
    """``count`` mutants of ``whole``; most of the damage goes to the front, where headers and tables stand."""
    chance = random.Random(seed)
    for _ in range(count):
        mutant = bytearray(whole)
        for _ in range(chance.choice((1, 1, 2, 5, 20))):
            reach = len(mutant) if chance.random() < 0.5 else min(len(mutant), 400)
            _damage(mutant, chance.randrange(max(reach, 1)), chance)
        yield bytes(mutant)


def _damage(mutant: bytearray, at: int, chance: random.Random) -> None:
    kind = chance.randrange(6)
    if kind == 0 and mutant:
        mutant[min(at, len(mutant) - 1)] = chance.randrange(256)
    elif kind == 1 and mutant:
        mutant[min(at, len(mutant) - 1)] ^= 1 << chance.randrange(8)
    elif kind == 2:
        edge = chance.choice(EDGES)
        mutant[at : at + len(edge)] = edge
    elif kind == 3:
        piece = mutant[at : at + chance.randrange(1, 60)]
        place = chance.randrange(len(mutant) + 1)
        mutant[place:place] = piece
    elif kind == 4:
        del mutant[at : at + chance.randrange(1, 60)]
    elif chance.random() < 0.3:
        del mutant[at:]
