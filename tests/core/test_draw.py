"""The container behind every picture, and its Mermaid, DOT and JSON forms."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import pytest

from anystep.draw import (
    CurveStyle,
    DrawableGraph,
    DrawEdge,
    DrawNode,
    NodeStyles,
    Topology,
    possible_edges,
)

pytestmark = pytest.mark.host


def graph_of(ids: str, *edges: tuple[Any, ...]) -> DrawableGraph:
    """A graph with these ids; an edge is (source, target[, label[, conditional]])."""
    graph = DrawableGraph()
    for id_ in ids.split():
        graph.add_node(None, id_)
    graph.edges += [DrawEdge(*edge) for edge in edges]
    return graph


AGENT = (
    "__start__ agent tools __end__",
    ("__start__", "agent"),
    ("agent", "tools", "continue", True),
    ("agent", "__end__", None, True),
    ("tools", "agent"),
)


def lines(graph: DrawableGraph) -> list[str]:
    """The Mermaid lines between the front matter and the styles."""
    text = graph.draw_mermaid(with_styles=False)
    assert text.startswith("graph TD;\n")
    return text.split("\n")[1:-1]


# -- the container -------------------------------------------------------------------


def test_an_added_node_is_called_by_its_id() -> None:
    """A node added under an id is found under it and named so."""
    graph = DrawableGraph()
    node = graph.add_node(len, "count", metadata={"defer": True})

    assert graph.nodes == {"count": node}
    assert node == DrawNode("count", "count", len, {"defer": True})


def test_a_taken_id_is_refused() -> None:
    """Two nodes cannot have one id."""
    graph = graph_of("a")

    with pytest.raises(ValueError, match="Node with id a already exists"):
        graph.add_node(None, "a")


def test_an_edge_needs_both_its_nodes() -> None:
    """The error of an edge says which end is missing."""
    graph = graph_of("a")
    here, gone = graph.nodes["a"], DrawNode("gone", "gone")

    with pytest.raises(ValueError, match="Target node gone not in graph"):
        graph.add_edge(here, gone)
    with pytest.raises(ValueError, match="Source node gone not in graph"):
        graph.add_edge(gone, here)


def test_an_added_edge_is_returned() -> None:
    """`add_edge` keeps label and kind."""
    graph = graph_of("a b")
    edge = graph.add_edge(graph.nodes["a"], graph.nodes["b"], "yes", True)

    assert graph.edges == [edge]
    assert edge == DrawEdge("a", "b", "yes", True)


def test_removing_a_node_removes_its_edges() -> None:
    """No edge is left without its nodes."""
    graph = graph_of("a b c", ("a", "b"), ("b", "c"), ("a", "c"))
    graph.remove_node(graph.nodes["b"])

    assert list(graph.nodes) == ["a", "c"]
    assert graph.edges == [DrawEdge("a", "c")]


def test_first_and_last_are_the_only_ends() -> None:
    """The first node has no edge in, the last none out, and there is just one of each."""
    graph = graph_of(*AGENT)

    assert graph.first_node() == graph.nodes["__start__"]
    assert graph.last_node() == graph.nodes["__end__"]
    assert graph_of("a b").first_node() is None
    assert graph_of("a b", ("a", "b"), ("b", "a")).last_node() is None


def test_trimming_takes_off_what_only_frames_the_rest() -> None:
    """START and END go where exactly one node follows or precedes them."""
    graph = graph_of("s a b e", ("s", "a"), ("a", "b"), ("b", "e"))
    graph.trim_first_node()
    graph.trim_last_node()

    assert list(graph.nodes) == ["a", "b"]


def test_trimming_leaves_what_holds_the_rest_together() -> None:
    """A first node with two followers stays."""
    graph = graph_of("s a b", ("s", "a"), ("s", "b"))
    graph.trim_first_node()
    graph.trim_last_node()

    assert list(graph.nodes) == ["s", "a", "b"]


def test_extending_prefixes_the_ids_and_names_the_ends() -> None:
    """A subgraph's nodes come in behind its name; names stay short."""
    graph = graph_of("x")
    first, last = graph.extend(graph_of("a b", ("a", "b", "go", True)), prefix="sub")

    assert list(graph.nodes) == ["x", "sub:a", "sub:b"]
    assert graph.edges == [DrawEdge("sub:a", "sub:b", "go", True)]
    assert first == DrawNode("sub:a", "a")
    assert last == DrawNode("sub:b", "b")


def test_extending_with_an_endless_graph_names_no_ends() -> None:
    """A graph that is one circle has neither a first nor a last node."""
    circle = graph_of("a b", ("a", "b"), ("b", "a"))

    assert graph_of("x").extend(circle, prefix="sub") == (None, None)


def test_nodes_without_an_id_are_drawn_by_their_name() -> None:
    """Generated ids never show; equal names are numbered."""
    graph = DrawableGraph()
    one, two, three = graph.add_node(len), graph.add_node(len), graph.add_node(print)
    graph.add_edge(one, two)
    graph.add_edge(two, three)

    assert len({one.id, two.id, three.id}) == 3
    assert list(graph.reid().nodes) == ["len_1", "len_2", "print"]
    assert lines(graph) == ["\tlen_1 --> len_2;", "\tlen_2 --> print;"]


def test_extending_with_generated_ids_keeps_nodes_apart() -> None:
    """Two graphs of unnamed nodes can be put together."""
    graph, other = DrawableGraph(), DrawableGraph()
    graph.add_node(len)
    other.add_node(print)
    first, last = graph.extend(other, prefix="sub")

    assert first is not None
    assert first is last
    assert [node.name for node in graph.nodes.values()] == ["len", "print"]
    assert graph.nodes[first.id] == first


def test_graphs_compare_by_content() -> None:
    """Two graphs with equal nodes and edges are equal; an empty one is false."""
    assert graph_of(*AGENT) == graph_of(*AGENT)
    assert graph_of("a") != graph_of("b")
    assert graph_of("a") != "a"
    assert not DrawableGraph()
    assert repr(graph_of("a")) == f"DrawableGraph(nodes={graph_of('a').nodes!r}, edges=[])"


# -- which edges there are -------------------------------------------------------------


def arrows(topology: Topology) -> list[str]:
    """The edges to draw, as `a->b` or, dotted, `a.>b label`."""
    return [
        f"{e.source}{'.>' if e.conditional else '->'}{e.target} {e.data or ''}".strip()
        for e in possible_edges(topology)
    ]


def test_a_node_without_a_follower_leads_to_the_end() -> None:
    """Edges to the end are drawn where a run would end."""
    topology = Topology([("__start__", "a"), ("a", "b"), ("a", "__end__")])

    assert arrows(topology) == ["__start__->a", "a->b", "b->__end__"]


def test_what_nothing_reaches_has_no_edges() -> None:
    """A node that never runs leads nowhere."""
    assert arrows(Topology([("__start__", "a"), ("x", "a")])) == ["__start__->a", "a->__end__"]


def test_a_join_comes_from_all_it_waits_for() -> None:
    """Also from those that ran some supersteps earlier."""
    topology = Topology(
        [("__start__", "a"), ("__start__", "b"), ("b", "c")], joins=[(["a", "c"], "d")]
    )

    assert arrows(topology) == [
        "__start__->a", "__start__->b", "a->d", "b->c", "c->d", "d->__end__",
    ]  # fmt: skip


def test_branches_are_dotted_and_say_when() -> None:
    """A label that is the target's name is not repeated; an edge beside a branch is the branch."""
    topology = Topology(
        [("__start__", "a"), ("a", "b")],
        branches=[("a", "b", "go"), ("a", "c", "c"), ("a", "__end__", "stop")],
    )

    assert arrows(topology) == [
        "__start__->a", "a.>__end__ stop", "a.>b go", "a.>c", "b->__end__", "c->__end__",
    ]  # fmt: skip


def test_a_deferred_node_follows_what_ran_last() -> None:
    """A dotted edge says after whom it really runs."""
    topology = Topology(
        [("__start__", "a"), ("a", "last"), ("a", "b"), ("b", "c")], deferred=["last"]
    )

    assert "c.>last" in arrows(topology)
    assert "a->last" in arrows(topology)


def test_a_circle_without_an_end_gets_one() -> None:
    """Somewhere the picture must end, though the graph never does."""
    topology = Topology([("__start__", "a"), ("a", "b"), ("b", "a")])

    assert arrows(topology)[:3] == ["__start__->a", "a->b", "b->a"]
    assert arrows(topology)[3:] in (["a.>__end__"], ["b.>__end__"])


def test_a_long_chain_is_drawn_to_its_end() -> None:
    """Nothing is cut off after some number of supersteps."""
    names = ["__start__", *(f"n{n:04}" for n in range(1000))]
    edges = list(pairwise(names))

    assert [(e.source, e.target) for e in possible_edges(Topology(edges))] == [
        *edges, (names[-1], "__end__"),
    ]  # fmt: skip


# -- Mermaid -------------------------------------------------------------------------


def test_mermaid_of_an_agent() -> None:
    """The whole text: front matter, nodes, edges, styles."""
    assert (
        graph_of(*AGENT).draw_mermaid()
        == """\
---
config:
  flowchart:
    curve: linear
---
graph TD;
	__start__([<p>__start__</p>]):::first
	agent(agent)
	tools(tools)
	__end__([<p>__end__</p>]):::last
	__start__ --> agent;
	agent -. &nbsp;continue&nbsp; .-> tools;
	agent -.-> __end__;
	tools --> agent;
	classDef default fill:#f2f0ff,line-height:1.2
	classDef first fill-opacity:0
	classDef last fill:#bfb6fc
"""
    )


def test_mermaid_without_styles_is_edges_only() -> None:
    """`with_styles=False` leaves out front matter, nodes and classes."""
    assert graph_of("a b", ("a", "b")).draw_mermaid(with_styles=False) == "graph TD;\n\ta --> b;\n"


@pytest.mark.parametrize("curve", [CurveStyle.BASIS, "basis"])
def test_mermaid_curve_and_colours_can_be_chosen(curve: CurveStyle | str) -> None:
    """The curve goes into the front matter, the colours into the classes."""
    text = graph_of("a").draw_mermaid(
        curve_style=curve,
        node_colors=NodeStyles(default="fill:#fff"),
        frontmatter_config={"config": {"theme": "neutral", "flowchart": {"padding": 5}}},
    )

    assert text.startswith(
        "---\nconfig:\n  flowchart:\n    curve: basis\n    padding: 5\n  theme: neutral\n---\n"
    )
    assert "classDef default fill:#fff\n" in text


def test_mermaid_puts_subgraphs_into_blocks() -> None:
    """Nodes and edges of a subgraph stand in its block, inner ones nested."""
    graph = graph_of(
        "a sub:x sub:in:y sub:in:z",
        ("a", "sub:x"),
        ("sub:x", "sub:in:y"),
        ("sub:in:y", "sub:in:z"),
    )

    assert lines(graph) == [
        "\ta --> sub\\3ax;",
        "\tsubgraph sub",
        "\tsub\\3ax --> sub\\3ain\\3ay;",
        "\tsubgraph in",
        "\tsub\\3ain\\3ay --> sub\\3ain\\3az;",
        "\tend",
        "\tend",
    ]


def test_mermaid_loses_no_subgraph() -> None:
    """A subgraph is drawn even if nothing but another subgraph is directly in it."""
    graph = graph_of("a out:in:x out:in:y", ("a", "out:in:x"), ("out:in:x", "out:in:y"))

    assert lines(graph)[1:] == [
        "\tsubgraph out",
        "\tsubgraph in",
        "\tout\\3ain\\3ax --> out\\3ain\\3ay;",
        "\tend",
        "\tend",
    ]


def test_mermaid_tells_subgraphs_of_one_name_apart() -> None:
    """The second block of a name gets an id of its own and the name as its title."""
    graph = graph_of(
        "a:t:x a:t:y b:t:x b:t:y",
        ("a:t:x", "a:t:y"),
        ("b:t:x", "b:t:y"),
    )
    blocks = [line for line in lines(graph) if "subgraph" in line]

    assert blocks == ["\tsubgraph a", "\tsubgraph t", "\tsubgraph b", '\tsubgraph b\\3at["t"]']


def test_mermaid_does_not_mistake_equal_names_for_a_subgraph() -> None:
    """An edge between nodes of one name in two subgraphs belongs to neither."""
    graph = graph_of("a:x b:x", ("a:x", "b:x"))

    assert lines(graph) == ["\ta\\3ax --> b\\3ax;"]


@pytest.mark.parametrize(
    ("id_", "safe"),
    [
        ("plain_id-1", "plain_id-1"),
        ("with space", "with\\20space"),
        ("ä", "\\e4"),
        ("a:b", "a\\3ab"),
        ("end", "\\65nd"),
        ("graph-1", "\\67raph-1"),
        ("ending", "ending"),
        ("a--b", "a-\\2db"),
    ],
)
def test_mermaid_ids_are_readable_for_mermaid(id_: str, safe: str) -> None:
    """Other characters become codes, and so do words Mermaid takes for its own."""
    graph = DrawableGraph({id_: DrawNode(id_, "n")}, [DrawEdge(id_, id_)])

    assert f"\t{safe} --> {safe};" in lines(graph)


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("fetch data", "fetch data"),
        ("fetch (all)", "fetch #40;all#41;"),
        ('say "hi"', "say #quot;hi#quot;"),
        ("a|b[c]{d}", "a#124;b#91;c#93;#123;d#125;"),
        ("<script>", "#60;script#62;"),
        ("two\nlines", "two lines"),
        ("- item", "#45; item"),
        ("#35;", "#35;35;"),
        ("", " "),
    ],
)
def test_mermaid_labels_break_nothing(name: str, label: str) -> None:
    """A name is written as it is where Mermaid can read it, and escaped where it cannot."""
    graph = DrawableGraph({"n": DrawNode("n", name), "m": DrawNode("m", "m")})

    assert f"\tn({label})\n" in graph.draw_mermaid()


@pytest.mark.parametrize(
    ("label", "conditional", "arrow"),
    [
        ("yes", True, " -. &nbsp;yes&nbsp; .-> "),
        ("yes", False, " -- &nbsp;yes&nbsp; --> "),
        ("v1.5", True, " -. &nbsp;v1#46;5&nbsp; .-> "),
        ("v1.5", False, " -- &nbsp;v1.5&nbsp; --> "),
        ("a -- b", False, " -- &nbsp;a #45;#45; b&nbsp; --> "),
        ("a -- b", True, " -. &nbsp;a -- b&nbsp; .-> "),
        ('"q"', False, " -- &nbsp;#quot;q#quot;&nbsp; --> "),
    ],
)
def test_mermaid_edge_labels_break_nothing(label: str, conditional: bool, arrow: str) -> None:
    """What would end the label early is escaped, in either kind of edge."""
    assert lines(graph_of("a b", ("a", "b", label, conditional))) == [f"\ta{arrow}b;"]


def test_mermaid_wraps_long_labels() -> None:
    """After so many words a label goes on in the next line."""
    graph = graph_of("a b", ("a", "b", "one two three"))
    text = graph.draw_mermaid(with_styles=False, wrap_label_n_words=2)

    assert "one two&nbsp<br>&nbspthree" in text


def test_mermaid_shows_metadata_below_the_name() -> None:
    """Scalars and flat lists are shown, everything else is not."""
    metadata = {"defer": True, "tools": ["a", "b"], "deep": {"no": 1}, "set": {"y", "x"}}
    graph = DrawableGraph({"n": DrawNode("n", "n", None, metadata)})
    wanted = "n<hr/><small><em>defer = True\ntools = a, b\nset = x, y</em></small>"

    assert wanted in graph.draw_mermaid()


def test_mermaid_titles_of_subgraphs_break_nothing() -> None:
    """A title that is more than plain words is quoted behind an id."""
    graph = graph_of("end:x end:y", ("end:x", "end:y"))
    graph.nodes["a (b):x"] = DrawNode("a (b):x", "x")

    assert '\tsubgraph \\65nd["end"]' in lines(graph)
    assert '\tsubgraph a\\20\\28b\\29["a #40;b#41;"]\n' in graph.draw_mermaid()


# -- DOT -----------------------------------------------------------------------------


def test_dot_of_a_graph_with_a_subgraph() -> None:
    """Subgraphs are clusters, conditional edges dashed, strings quoted."""
    graph = graph_of(
        "__start__ s:a s:b __end__", ("__start__", "s:a"), ("s:a", "s:b", 'say "x"', True)
    )
    graph.edges.append(DrawEdge("s:b", "__end__"))

    assert (
        graph.draw_dot(name="demo")
        == r"""digraph "demo" {
  node [shape=box, style="rounded,filled", fillcolor="#f2f0ff"];
  "__start__" [label="__start__", fillcolor="#ffffff"];
  "__end__" [label="__end__", fillcolor="#bfb6fc"];
  subgraph "cluster_s" {
    label="s";
    "s:a" [label="a"];
    "s:b" [label="b"];
  }
  "__start__" -> "s:a";
  "s:a" -> "s:b" [label="say \"x\"", style=dashed];
  "s:b" -> "__end__";
}
"""
    )


def test_dot_opens_and_closes_nested_clusters() -> None:
    """A cluster whose only content is another cluster is there too."""
    text = graph_of("a:b:c:x y").draw_dot()

    assert text.count("subgraph") == 3
    assert text.count("{") == text.count("}")


# -- JSON ----------------------------------------------------------------------------


def test_json_says_what_runs() -> None:
    """A callable is named with its module, ids and labels stand as they are."""
    graph = graph_of("__start__", ("__start__", "count", "go", True))
    graph.add_node(json.dumps, "count", metadata={"defer": True})

    assert graph.to_json() == {
        "nodes": [
            {"id": "__start__"},
            {
                "id": "count",
                "type": "runnable",
                "data": {
                    "id": ["anystep", "_internal", "_runnable", "RunnableCallable"],
                    "name": "count",
                },
                "metadata": {"defer": True},
            },
        ],
        "edges": [{"source": "__start__", "target": "count", "data": "go", "conditional": True}],
    }


def test_json_round_trip_is_exact() -> None:
    """A graph read from JSON describes and draws itself as the first one did."""
    graph = graph_of(*AGENT)
    graph.add_node(json.dumps, "n", metadata={"a": 1})
    graph.add_node(print)
    graph.nodes["s:x"] = DrawNode("s:x", "another", object())
    data = json.loads(json.dumps(graph.to_json()))
    again = DrawableGraph.from_json(data)

    assert again.to_json() == data
    assert again == DrawableGraph.from_json(json.dumps(data))
    assert again.draw_mermaid() == graph.draw_mermaid()
    assert again.draw_svg() == graph.draw_svg()


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        ([], "list of objects under 'nodes'"),
        ({"nodes": [1], "edges": []}, "list of objects under 'nodes'"),
        ({"nodes": []}, "list of objects under 'edges'"),
        ({"nodes": [{"id": None}], "edges": []}, "no 'id' that is text or a number"),
        ({"nodes": [{"id": "a"}, {"id": "a"}], "edges": []}, "two nodes have the id 'a'"),
        ({"nodes": [], "edges": [{"source": "a", "target": "b"}]}, "'a', which is no node"),
    ],
)
def test_json_that_is_no_graph_is_refused(data: Any, complaint: str) -> None:
    """The error names what is wrong."""
    with pytest.raises(ValueError, match=complaint):
        DrawableGraph.from_json(data)


def test_json_with_schemas_includes_them() -> None:
    """A pydantic-like class is described by name, or by its schema when asked."""

    class Model:
        @staticmethod
        def model_json_schema() -> dict[str, str]:
            return {"type": "object"}

    graph = DrawableGraph({"n": DrawNode("n", "n", Model)})

    assert graph.to_json()["nodes"] == [{"id": "n", "type": "schema", "data": "n"}]
    assert graph.to_json(with_schemas=True)["nodes"][0]["data"] == {"type": "object"}
