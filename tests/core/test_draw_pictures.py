"""Laid-out pictures: where things go, and the text art, SVG and HTML made of it."""

from __future__ import annotations

import itertools
import random
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from anystep.draw import DrawableGraph, DrawEdge, DrawNode
from anystep.draw._ascii import _Characters
from anystep.draw._font import rows_of
from anystep.draw._layout import layout
from anystep.draw._metrics import Box, Frame, Metrics, Picture
from anystep.draw._svg import _Pixels

pytestmark = pytest.mark.host

MEDIA = [_Characters(), _Pixels()]


def graph_of(ids: str, *edges: str) -> DrawableGraph:
    """A graph with these ids; an edge is "source target", or "source target label" if dotted."""
    graph = DrawableGraph()
    for id_ in ids.split():
        graph.add_node(None, id_)
    for edge in edges:
        source, target, *label = edge.split(" ", 2)
        graph.edges.append(DrawEdge(source, target, label[0] if label else None, bool(label)))
    return graph


def random_graph(seed: int) -> DrawableGraph:
    """A graph with cycles, loops, labels, many edges of one pair and nested subgraphs."""
    chance = random.Random(seed)
    prefixes = ["", "", "s:", "s:t:", "u:"]
    ids = [f"{chance.choice(prefixes)}n{n}" for n in range(chance.randint(1, 14))]
    graph = DrawableGraph()
    for id_ in ids:
        graph.add_node(None, id_, metadata={"note": id_} if chance.random() < 0.2 else None)
    for _ in range(chance.randint(0, 24)):
        label = chance.choice([None, None, "yes", "a longer label"])
        edge = DrawEdge(chance.choice(ids), chance.choice(ids), label, chance.random() < 0.3)
        graph.edges.append(edge)
    return graph


def check(picture: Picture, graph: DrawableGraph) -> None:
    """What must be true of every picture."""
    boxes = {box.node.id: box for box in picture.boxes}
    assert list(boxes) != [] or not graph.nodes
    assert set(boxes) == set(graph.nodes)
    placed: list[Box | Frame] = [*picture.boxes, *picture.frames]
    for thing in placed:
        assert 0 <= thing.x < thing.x + thing.width <= picture.width
        assert 0 <= thing.y < thing.y + thing.height <= picture.height
    for box in picture.boxes:
        for other in picture.boxes:
            apart = (
                box is other
                or box.x + box.width <= other.x
                or other.x + other.width <= box.x
                or box.y + box.height <= other.y
                or other.y + other.height <= box.y
            )
            assert apart, (box, other)
        for frame in picture.frames:
            inside = (
                frame.x < box.x
                and box.x + box.width < frame.x + frame.width
                and frame.y < box.y
                and box.y + box.height < frame.y + frame.height
            )
            assert inside == box.node.id.startswith(f"{frame.prefix}:"), (box, frame)
    drawn = [route.edge for route in picture.routes] + [e for b in picture.boxes for e in b.loops]
    assert sorted(map(repr, drawn)) == sorted(map(repr, graph.edges))
    for route in picture.routes:
        source, target = boxes[route.edge.source], boxes[route.edge.target]
        down = route.points[0][1] < route.points[-1][1]
        for end, box, below in ((0, source, down), (-1, target, not down)):
            x, y = route.points[end]
            assert box.x <= x < box.x + box.width
            assert y == (box.y + box.height if below else box.y)
        steps = zip(route.points, route.points[1:], strict=False)
        assert all((y1 <= y2) if down else (y1 >= y2) for (_, y1), (_, y2) in steps)
        assert (route.label is not None) == (route.edge.data is not None)


@pytest.mark.parametrize("metrics", MEDIA, ids=["characters", "pixels"])
def test_every_picture_is_sound(metrics: Metrics) -> None:
    """Boxes never overlap, frames hold exactly their own, lines run from source to target."""
    for seed in range(60):
        graph = random_graph(seed)
        check(layout(graph, metrics), graph)


@pytest.mark.parametrize("metrics", MEDIA, ids=["characters", "pixels"])
def test_lines_run_through_no_box(metrics: Metrics) -> None:
    """A vertical piece of a line never crosses the box of a node."""
    for seed in range(60):
        picture = layout(random_graph(seed), metrics)
        for route in picture.routes:
            for (x1, y1), (x2, y2) in zip(route.points, route.points[1:], strict=False):
                if x1 != x2:
                    continue
                low, high = min(y1, y2), max(y1, y2)
                for box in picture.boxes:
                    beside = x1 < box.x or x1 >= box.x + box.width
                    assert beside or high <= box.y or low >= box.y + box.height, (route, box)


def test_an_edge_to_an_unknown_id_gets_a_node() -> None:
    """Pictures draw what the edges say, as Mermaid does."""
    text = graph_of("a", "a ghost").draw_ascii()

    assert "| ghost |" in text


@pytest.mark.parametrize(
    "form", ["draw_ascii", "draw_svg", "draw_html", "draw_dot", "draw_mermaid"]
)
def test_an_empty_graph_can_be_drawn(form: str) -> None:
    """No form fails for want of nodes."""
    assert isinstance(getattr(DrawableGraph(), form)(), str)


@pytest.mark.parametrize(
    "form", ["draw_ascii", "draw_svg", "draw_html", "draw_dot", "draw_mermaid"]
)
def test_thousands_of_nodes_can_be_drawn(form: str) -> None:
    """Neither a long chain nor a wide fan meets a limit of the host's stack."""
    chain = DrawableGraph()
    nodes = [chain.add_node(None, f"n{n}") for n in range(1200)]
    for source, target in itertools.pairwise(nodes):
        chain.add_edge(source, target)
    fan = DrawableGraph(dict(chain.nodes))
    fan.edges = [DrawEdge("n0", node.id) for node in nodes[1:300]]

    for graph in (chain, fan):
        assert len(getattr(graph, form)()) > 10_000


def test_lines_too_long_to_draw_end_in_the_name_of_their_target() -> None:
    """In a huge graph the longest edges become stubs, and the picture stays small."""
    ids = [f"n{n}" for n in range(300)]
    graph = graph_of(" ".join(ids))
    graph.edges = [DrawEdge(a, b) for a, b in itertools.pairwise(ids)]
    graph.edges += [DrawEdge("n0", id_) for id_ in ids[2:]]
    picture = layout(graph, _Characters())
    stubs = [route for route in picture.routes if route.stub]

    assert stubs
    assert all(route.stub == route.edge.target for route in stubs)
    assert {route.edge for route in picture.routes} == set(graph.edges)
    assert picture.width < 3000


# -- text art ------------------------------------------------------------------------


def test_text_art_of_an_agent() -> None:
    """Boxes, a dotted branch with its label, and the way back."""
    graph = graph_of(
        "__start__ agent tools __end__",
        "__start__ agent",
        "agent tools continue",
        "agent __end__ end",
        "tools agent",
    )

    assert (
        graph.draw_ascii()
        == r"""
    +-----------+
    | __start__ |
    +-----------+
          |
          v
      +-------+
      | agent |
      +-------+
          : ^
     +....+.|.......+
 continue   |      end
     +.+ +--+       :
       v |          v
   +-------+   +---------+
   | tools |   | __end__ |
   +-------+   +---------+
"""[1:-1]
    )


def test_text_art_with_box_drawing_characters() -> None:
    """The same picture in nicer characters; a loop stands at the right side."""
    graph = graph_of("a b", "a b", "a a again", "b b")

    assert (
        graph.draw_ascii(unicode=True)
        == """
          ┌─────┐┄┄┐
          │  a  │  ┆ again
          └─────┘◀┄┘
             │
             ▼
          ┌─────┐──┐
          │  b  │  │
          └─────┘◀─┘
"""[1:-1]
    )


def test_text_art_of_a_subgraph() -> None:
    """A subgraph is a frame with its name; lines pass through."""
    graph = graph_of("a s:x s:y b", "a s:x", "s:x s:y", "s:y b")

    assert (
        graph.draw_ascii()
        == """
   +-----+
   |  a  |
   +-----+
      |
      |
.- s -+-----.
|     v     |
|  +-----+  |
|  |  x  |  |
|  +-----+  |
|     |     |
|     v     |
|  +-----+  |
|  |  y  |  |
|  +-----+  |
|     |     |
'-----+-----'
      |
      v
   +-----+
   |  b  |
   +-----+
"""[1:-1]
    )


def test_text_art_tells_roles() -> None:
    """Metadata stands below the name, the engine's own in words."""
    metadata = {"__interrupt": "before", "defer": True, "__tools": ["a", "b"], "cost": 3}
    graph = DrawableGraph({"n": DrawNode("n", "n", None, metadata)})
    rows = [line.strip("| ") for line in graph.draw_ascii().splitlines()[1:-1]]

    assert rows == ["n", "interrupt before", "deferred", "tools: a, b", "cost = 3"]


def test_text_art_counts_wide_characters_twice() -> None:
    """Boxes fit around characters that take two columns, or none."""
    rows = graph_of("開始 é́").draw_ascii().splitlines()

    assert rows[1] == "| 開始  |   |  é́  |"


def test_text_art_has_no_control_characters() -> None:
    """Whatever a name holds, it cannot move a terminal's cursor."""
    graph = DrawableGraph({"n": DrawNode("n", "a\x1b[2J\nb\t")})
    text = graph.draw_ascii()

    assert re.fullmatch(r"[ -~\n]*", text)
    assert r"a\x1b[2J b" in text


def test_print_ascii_prints_it(capsys: pytest.CaptureFixture[str]) -> None:
    """`print_ascii` is `draw_ascii` on standard output."""
    graph = graph_of("a")
    graph.print_ascii()

    assert capsys.readouterr().out == graph.draw_ascii() + "\n"


# -- SVG and HTML --------------------------------------------------------------------

HOSTILE = '</svg><script>alert("x")</script>&\'\x07'


def hostile_graph() -> DrawableGraph:
    """A graph whose every string tries to break out."""
    graph = DrawableGraph()
    for id_ in (HOSTILE, f"{HOSTILE}:sub"):
        graph.nodes[id_] = DrawNode(id_, id_, None, {HOSTILE: HOSTILE})
    graph.edges.append(DrawEdge(HOSTILE, f"{HOSTILE}:sub", HOSTILE, True))
    graph.edges.append(DrawEdge(HOSTILE, HOSTILE, HOSTILE))
    return graph


def test_svg_is_well_formed_and_safe() -> None:
    """Strings never become elements, and nothing points outside."""
    text = hostile_graph().draw_svg(title=HOSTILE)
    root = ElementTree.fromstring(text)
    names = {element.tag.partition("}")[2] for element in root.iter()}
    texts = [element.text for element in root.iter() if element.text]

    assert names <= {"svg", "title", "rect", "text", "path"}
    assert any('<script>alert("x")</script>' in found for found in texts)
    assert re.findall(r'https?://[^"]*', text) == ["http://www.w3.org/2000/svg"]


def test_svg_dashes_conditional_edges() -> None:
    """One dashed line for one conditional edge."""
    assert graph_of("a b", "a b maybe").draw_svg().count("stroke-dasharray") == 1
    assert graph_of("a b", "a b").draw_svg().count("stroke-dasharray") == 0


def test_html_runs_and_fetches_nothing() -> None:
    """The page has no script, no reference and a policy that would forbid both."""
    page = hostile_graph().draw_html(title=HOSTILE)

    assert "default-src 'none'" in page
    assert "<script" not in page
    assert not re.search(r"\b(src|href|onload|onclick)=", page)
    assert page.count("<svg") == page.count("</svg>") == 1


def test_html_holds_the_mermaid_source() -> None:
    """What can be pasted elsewhere is on the page."""
    page = graph_of("a b", "a b maybe").draw_html()

    assert "a -. &amp;nbsp;maybe&amp;nbsp; .-&gt; b;" in page
    assert "<td>maybe</td><td>conditional</td>" in page


@pytest.mark.parametrize(
    "form", ["draw_ascii", "draw_svg", "draw_html", "draw_dot", "draw_mermaid"]
)
def test_drawing_changes_nothing_and_repeats_itself(form: str) -> None:
    """Drawing twice gives one text and leaves the graph as it was."""
    graph, same = random_graph(7), random_graph(7)

    assert getattr(graph, form)() == getattr(graph, form)() == getattr(same, form)()
    assert graph == same


# -- PNG -----------------------------------------------------------------------------


def pixels_of(png: bytes) -> list[bytes]:
    """The rows of an indexed PNG of four bits a pixel, read by the format's own rules."""
    import zlib

    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    chunks: dict[bytes, bytes] = {}
    rest = png[8:]
    while rest:
        size, kind = int.from_bytes(rest[:4], "big"), rest[4:8]
        chunks[kind] = rest[8 : 8 + size]
        assert int.from_bytes(rest[8 + size : 12 + size], "big") == zlib.crc32(kind + chunks[kind])
        rest = rest[12 + size :]
    width, height = (int.from_bytes(chunks[b"IHDR"][n : n + 4], "big") for n in (0, 4))
    assert list(chunks) == [b"IHDR", b"PLTE", b"IDAT", b"IEND"]
    assert chunks[b"IHDR"][8:] == bytes((4, 3, 0, 0, 0))
    data = zlib.decompress(chunks[b"IDAT"])
    line = 1 + (width + 1) // 2
    assert len(data) == line * height
    return [data[n + 1 : n + line] for n in range(0, len(data), line)]


def test_png_is_a_picture_of_the_graph() -> None:
    """It has the size of the layout, and more ink for more graph."""
    small, large = graph_of("a"), graph_of("a b", "a b maybe", "b b")
    rows, more = pixels_of(small.draw_png()), pixels_of(large.draw_png())

    assert len(rows) < len(more)
    assert sum(row.count(0x11) for row in rows) > 10
    assert pixels_of(large.draw_mermaid_png()) == more


@pytest.mark.parametrize("seed", range(12))
def test_png_draws_any_graph(seed: int) -> None:
    """Subgraphs, loops, labels and characters that the font does not have."""
    graph = random_graph(seed)
    graph.add_node(None, "開始\n")

    assert pixels_of(graph.draw_png())


def test_png_can_go_to_a_file(tmp_path: Path) -> None:
    """As LangGraph's programs write it; arguments of the drawing service are of no use here."""
    path = tmp_path / "graph.png"
    data = graph_of("a").draw_mermaid_png(output_file_path=str(path), max_retries=5)

    assert path.read_bytes() == data


def test_png_of_a_huge_graph_is_refused() -> None:
    """The error names what can draw it."""
    graph = graph_of(" ".join(f"n{n}" for n in range(30)))
    graph.nodes["n0"] = DrawNode("n0", "x" * 200_000)

    with pytest.raises(ValueError, match="pixels is too large; use draw_svg"):
        graph.draw_png()


def test_the_font_has_all_of_ascii() -> None:
    """Every printable character but the space has dots of its own."""
    glyphs = {tuple(rows_of(chr(code))) for code in range(33, 127)}

    assert len(glyphs) == 94
    assert rows_of("é") == rows_of("\x7f") == rows_of("\n")
    assert not any(rows_of(" "))
