"""Calls that are told of in parts: an INVITE here, its BYE further on, or in a later file.

A format that does so has a reader that yields Parts and a function that puts the parts of one
key together. What is whole within a file is put together as the file is read; what is left over
goes on as Parts, to wait for the rest.
"""

from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Iterator, Sequence

from cdrstats.sources.record import BadLine, Part, Record

AHEAD = 1_000
"""Parts that are still looked at before a call that seems over is put together: its last part
can stand before another."""

MOST_HELD = 100_000
"""Calls of a file that are held while it is read; the oldest are put together as they are."""

Assemble = Callable[[Sequence[Part]], list[Record]]
"""Makes the records of the calls that are whole of all known parts of a key; each says in
`made_of` what parts those are, each of one record; the others wait."""

Item = Record | BadLine | Part


def put_together(parts: Sequence[Part], assemble: Assemble) -> tuple[list[Record], list[Part]]:
    """The records of the calls that are whole, and the parts of the others."""
    records = assemble(parts)
    used = {id(part) for record in records for part in record.made_of}
    return records, [part for part in parts if id(part) not in used]


def joined(
    items: Iterable[Part | BadLine], assemble: Assemble, most_held: int = MOST_HELD
) -> Iterator[Item]:
    """The records of calls that are whole, the bad lines, and at the end what is left over."""
    # A plain dict would look for its first key at all places that are empty by now.
    held: OrderedDict[str, list[Part]] = OrderedDict()
    over: deque[tuple[int, str]] = deque()  # from which part on it is put together, and its key
    seen = 0
    for item in items:
        if isinstance(item, BadLine):
            yield item
            continue
        seen += 1
        held.setdefault(item.key, []).append(item)
        if item.ends:
            over.append((seen + AHEAD, item.key))
        while over and over[0][0] <= seen:
            records, rest = put_together(held.pop(over.popleft()[1], ()), assemble)
            yield from records
            if rest:
                held[rest[0].key] = rest
        if len(held) > most_held:
            records, rest = put_together(held.popitem(last=False)[1], assemble)
            yield from records
            yield from rest
    for parts in list(held.values()):
        records, rest = put_together(parts, assemble)
        yield from records
        yield from rest
