"""The second walk: order the rows of a level, place its items and measure it."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

from ._level import Item, Level, Link
from ._metrics import Metrics, Pads, Segment
from ._order import Tie, ordered
from ._place import Pull, placed

__all__ = ["measure"]

#: How much more the middle of a long line wants to be straight than its ends.
_LONG = 4.0


def measure(level: Level, metrics: Metrics) -> None:
    """Positions of everything in `level`, relative to it, and the size it needs in its parent."""
    for item in level.items:
        _size(item, level, metrics)
    for link in level.links:
        _chain(level, link, metrics)
    height = 1 + max((item.row for item in level.items), default=0)
    level.rows = [[] for _ in range(height)]
    for number, item in enumerate(level.items):
        level.rows[item.row].append(number)
    _place_across(level, metrics)
    _place_down(level, metrics)


def _size(item: Item, level: Level, metrics: Metrics) -> None:
    if item.node is not None:
        item.width, item.height = metrics.node(item.node)
        if item.node.id in level.loops:
            loops = [edge.data for edge in level.loops[item.node.id] if edge.data is not None]
            labels = max((metrics.label(str(data))[0] for data in loops), default=0)
            item.margin = metrics.loop_width + labels
            item.width += 2 * item.margin
    elif item.level is not None:
        item.width, item.height = item.level.width, item.level.height
    elif item.text is not None:
        item.width, item.height = metrics.label(item.text)
    else:
        item.width, item.height = metrics.line_width, 0


def _chain(level: Level, link: Link, metrics: Metrics) -> None:
    """An item in every row that a link passes; one of them carries the label."""
    rows = range(level.items[link.upper].row + 1, level.items[link.lower].row)
    near = len(rows) - 1 if link.upward else 0
    link.chain = [link.upper]
    for place, row in enumerate(rows):
        bend = Item(text=link.data if place == near else None)
        bend.row = row
        _size(bend, level, metrics)
        link.chain.append(level.add(bend))
    link.chain.append(link.lower)


def _place_across(level: Level, metrics: Metrics) -> None:
    items = level.items
    pulls: tuple[list[list[Pull]], list[list[Pull]]] = [[] for _ in items], [[] for _ in items]
    ties: tuple[list[list[Tie]], list[list[Tie]]] = [[] for _ in items], [[] for _ in items]
    backs = _backs(level)
    leaving = Counter(one for link in level.links for one in link.chain[:-1])
    arriving = Counter(other for link in level.links for other in link.chain[1:])
    for link in level.links:
        last = len(link.chain) - 2
        for place, (one, other) in enumerate(pairwise(link.chain)):
            start = port_offset(level, link, one, metrics, backs) if place == 0 else 0
            end = port_offset(level, link, other, metrics, backs) if place == last else 0
            weight = (1.0 if place in (0, last) else _LONG) / max(leaving[one], arriving[other])
            pulls[0][other].append(Pull(one, start - end, weight))
            pulls[1][one].append(Pull(other, end - start, weight))
            high, low = start / (items[one].width + 1), end / (items[other].width + 1)
            ties[0][other].append(Tie(one, low, high))
            ties[1][one].append(Tie(other, high, low))
    level.rows = ordered(level.rows, *ties)

    def distance(left: int, right: int) -> int:
        lines = not (items[left].is_box or items[right].is_box)
        gap = metrics.line_gap if lines else metrics.node_gap
        one, other = items[left], items[right]
        return one.width - one.width // 2 + gap + other.width // 2

    places = placed(level.rows, distance, *pulls)
    leftmost = min((x - item.width // 2 for x, item in zip(places, items, strict=True)), default=0)
    for x, item in zip(places, items, strict=True):
        item.x = x - leftmost


def _backs(level: Level) -> set[tuple[int, bool]]:
    """The sides (item, top) of boxes at which forward links and backward links meet."""
    kinds: dict[tuple[int, bool], set[bool]] = {}
    for link in level.links:
        kinds.setdefault((link.upper, False), set()).add(link.upward)
        kinds.setdefault((link.lower, True), set()).add(link.upward)
    return {side for side, found in kinds.items() if len(found) > 1}


def port_offset(
    level: Level, link: Link, number: int, metrics: Metrics, backs: set[tuple[int, bool]]
) -> int:
    """Where, from an item's centre, a link starts or ends."""
    item = level.items[number]
    if item.level is not None:
        port = item.level.items[item.level.port_of[link.edge]]
        return port.x + item.level.inset[0] - item.width // 2
    if item.node is None or not link.upward or (number, number == link.lower) not in backs:
        return 0
    return min(metrics.port_step, (item.width - 2 * item.margin) // 2 - 1)


def _place_down(level: Level, metrics: Metrics) -> None:
    """Rows from top to bottom, with gaps as high as the lines between them need."""
    items, rows = level.items, level.rows
    passing: list[list[tuple[Link, int]]] = [[] for _ in rows]
    for link in level.links:
        link.bends = [None] * (len(link.chain) - 1)
        for place, number in enumerate(link.chain[:-1]):
            passing[items[number].row].append((link, place))
    backs = _backs(level)
    top = 0
    for here, row in enumerate(rows):
        bottom = top + max((items[number].height for number in row), default=0)
        for number in row:
            items[number].y = (top + bottom - items[number].height) // 2
        level.bands.append((top, bottom))
        segments = [_segment(level, link, place, metrics, backs) for link, place in passing[here]]
        if here + 1 == len(rows):
            top = bottom
            break
        boxes = [any(items[number].is_box for number in rows[r]) for r in (here, here + 1)]
        gap = metrics.gap(segments, boxes[0], boxes[1])
        for (link, place), bend in zip(passing[here], gap.bends, strict=True):
            link.bends[place] = None if bend is None else bottom + bend
        top = bottom + gap.height
    for link in level.links:
        _draw(level, link, metrics, backs)
    _measure_frame(level, metrics, top)


def _segment(
    level: Level, link: Link, place: int, metrics: Metrics, backs: set[tuple[int, bool]]
) -> Segment:
    one, other = link.chain[place], link.chain[place + 1]
    ends = link.upper, link.lower
    x1, x2 = (
        level.items[number].x
        + (port_offset(level, link, number, metrics, backs) if number in ends else 0)
        for number in (one, other)
    )
    return Segment(x1, x2, (one, x1), (other, x2))


def _draw(level: Level, link: Link, metrics: Metrics, backs: set[tuple[int, bool]]) -> None:
    """The points of a link, from the lower side of its upper item down."""
    upper = level.items[link.upper]
    points = link.points
    points.append((0, upper.y + upper.height))
    for place in range(len(link.chain) - 1):
        x1, x2, _, _ = _segment(level, link, place, metrics, backs)
        row = level.items[link.chain[place]].row
        if place == 0:
            points[0] = (x1, points[0][1])
        points.append((x1, level.bands[row][1]))
        bend = link.bends[place]
        if bend is not None:
            points += ((x1, bend), (x2, bend))
        points.append((x2, level.bands[row + 1][0]))
    points.append((points[-1][0], level.items[link.lower].y))
    for number in link.chain[1:-1]:
        item = level.items[number]
        if item.text is not None:
            link.label_at = (item.x, item.y)


def _measure_frame(level: Level, metrics: Metrics, height: int) -> None:
    pads, least = metrics.frame(level.prefix) if level.prefix else (Pads(0, 0, 0, 0), 1)
    content = max((item.left + item.width for item in level.items), default=0)
    level.width = max(content + pads.left + pads.right, least)
    level.width += 1 - level.width % 2  # odd, so that a centre is a character column
    level.height = height + pads.top + pads.bottom
    level.inset = (pads.left + (level.width - content - pads.left - pads.right) // 2, pads.top)
