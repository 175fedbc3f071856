"""Pictures are LangGraph's: the same graph gives the same Mermaid text on either engine.

The one stated difference is left out by construction: where LangChain writes Mermaid that
Mermaid cannot read, forgets part of a graph or refuses to draw it, anystep draws it right
(tests/core/test_draw.py).
"""
# pyright: basic

import importlib
import random
from typing import Any, TypedDict

import langchain_core.runnables.graph as theirs
import pytest
import yaml
from hypothesis import assume, given
from hypothesis import strategies as st

from anystep.draw import (
    DrawableGraph,
    DrawEdge,
    DrawNode,
    NodeStyles,
    Topology,
    possible_edges,
)
from anystep.draw._yaml import dump_yaml

ENGINES = ("langgraph", "anystep")

IDS = [
    "a",
    "b",
    "__start__",
    "__end__",
    "é",
    "*x*",
    "p:a",
    "p:b",
    "p:c",
    "q:a",
    "q:r:a",
    "q:r:c",
    "q:b",
    "c-d",
    "1",
]
METADATA: list[Any] = [None, None, {"defer": True}, {"a": [1, "x<y"], "b": object(), "c": "(#)"}]
LABELS: list[Any] = [None, None, "yes", "no (why)", "a b c d e f g h i j k l", 3]


@st.composite
def graphs(draw: st.DrawFn) -> DrawableGraph:
    """Graphs with subgraphs, metadata, labels and no two edges between the same nodes."""
    ids = draw(st.lists(st.sampled_from(IDS), unique=True, min_size=1))
    nodes = {}
    for id_ in ids:
        name = draw(st.sampled_from([id_, id_.rsplit(":", 1)[-1]]))
        nodes[id_] = DrawNode(id_, name, None, draw(st.sampled_from(METADATA)))
    pairs = draw(
        st.lists(st.tuples(st.sampled_from(ids), st.sampled_from(ids)), unique=True, max_size=8)
    )
    edges = [DrawEdge(*pair, draw(st.sampled_from(LABELS)), draw(st.booleans())) for pair in pairs]
    return DrawableGraph(nodes, edges)


def as_theirs(graph: DrawableGraph) -> theirs.Graph:
    """The same graph in LangChain's classes."""
    nodes = {id_: theirs.Node(*node) for id_, node in graph.nodes.items()}
    return theirs.Graph(nodes, [theirs.Edge(*edge) for edge in graph.edges])


def drawn_whole(graph: DrawableGraph) -> bool:
    """Whether LangChain draws all of it: see the text at the top."""
    prefixes = {id_.rpartition(":")[0] for id_ in graph.nodes}
    groups = set()
    for source, target, *_ in graph.edges:
        one, other = source.split(":"), target.split(":")
        if one[0] != other[0] and one[-1] == other[-1]:
            return False
        common = [a for a, b in zip(one, other, strict=False) if a == b]
        groups.add(":".join(common))
    nested = {prefix for prefix in prefixes | groups if ":" in prefix}
    return all(p in groups and p.rpartition(":")[0] in groups for p in nested)


@given(graphs(), st.booleans(), st.integers(1, 12))
def test_mermaid_text_is_langchains(graph: DrawableGraph, with_styles: bool, wrap: int) -> None:
    """Any graph that LangChain draws whole, drawn the same to the byte."""
    assume(drawn_whole(graph))
    options: Any = {"with_styles": with_styles, "wrap_label_n_words": wrap}

    assert graph.draw_mermaid(**options) == as_theirs(graph).draw_mermaid(**options)


def test_mermaid_options_are_langchains() -> None:
    """Curve, colours and front matter go where LangChain puts them."""
    graph = DrawableGraph({"a": DrawNode("a", "a")}, [])
    front = {"title": "T: x", "config": {"theme": "neutral", "flowchart": {"curve": "x", "a": 1}}}
    ours = graph.draw_mermaid(
        curve_style="step", node_colors=NodeStyles("x", "y", "z"), frontmatter_config=front
    )

    assert ours == as_theirs(graph).draw_mermaid(
        curve_style=theirs.CurveStyle.STEP,
        node_colors=theirs.NodeStyles("x", "y", "z"),
        frontmatter_config=front,
    )
    of_theirs: Any = {
        "curve_style": theirs.CurveStyle.STEP,
        "node_colors": theirs.NodeStyles("x", "y", "z"),
    }
    assert ours == graph.draw_mermaid(**of_theirs, frontmatter_config=front)


KEYS = st.from_regex(r"[a-zA-Z]\w{0,8}", fullmatch=True)
ODD = st.sampled_from(
    [
        "yes",
        "1",
        "1.5",
        "#aaa",
        "a:b",
        "~",
        "null",
        "2020-01-01",
        "0x1f",
        "1e5",
        "-",
        "?",
        "'x",
        "x'y",
        "é",
        ".5",
        "0o7",
        "=",
        "<<",
        "[x",
        "{y",
        "%a",
        "@b",
        "`c",
    ]
)
TEXTS = st.one_of(st.text(max_size=12), ODD, st.sampled_from(["", "a: b", "a #b", "- a", " x"]))
LEAVES = st.one_of(TEXTS, st.booleans(), st.integers(), st.floats(), st.none())
CONTENT = st.recursive(
    LEAVES,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=3)),
    max_leaves=8,
)


@given(st.dictionaries(KEYS, CONTENT, max_size=4))
def test_front_matter_is_pyyamls(value: dict[str, Any]) -> None:
    """It reads back as it was, and looks as PyYAML writes it except where text needs escapes."""
    ours, wanted = dump_yaml(value), yaml.dump(value, default_flow_style=False, width=1 << 30)

    assert repr(yaml.safe_load(ours)) == repr(yaml.safe_load(wanted))
    if '"' not in ours and "\n\n" not in wanted:
        assert ours == wanted


# -- compiled graphs -----------------------------------------------------------------


class State(TypedDict):
    """The state of every graph here."""

    x: int


def noop(state: State) -> None:
    """A node."""


def random_builder(engine: str, seed: int, depth: int = 1) -> Any:
    """A builder with edges, joins, branches and a subgraph, the same on either engine."""
    lib, chance = importlib.import_module(f"{engine}.graph"), random.Random(seed)
    builder = lib.StateGraph(State)
    names = [f"{'sub' if depth == 0 else ''}n{n}" for n in range(chance.randint(1, 6))]
    for name in names:
        builder.add_node(
            name,
            noop,
            metadata={"cost": 1} if chance.random() < 0.2 else None,
            defer=chance.random() < 0.1,
            destinations=tuple(chance.sample(names, 1)) if chance.random() < 0.1 else None,
        )
    if depth and chance.random() < 0.5:
        builder.add_node("sub", random_builder(engine, seed + 1, depth - 1).compile())
        names.append("sub")
    builder.add_edge(lib.START, names[0])
    for place, name in enumerate(names[1:], 1):
        sources = chance.sample(names[:place], min(place, chance.choice([1, 1, 2])))
        builder.add_edge(sources if len(sources) > 1 else sources[0], name)
    for number in range(chance.randint(0, 3)):
        ends = chance.sample([*names, lib.END], chance.randint(1, len(names)))
        labelled: Any = {f"to {end}": end for end in ends} if chance.random() < 0.5 else ends
        router = lambda state: lib.END  # a new one each time, named below
        router.__name__ = f"router{number}"
        builder.add_conditional_edges(chance.choice(names), router, labelled)
    if chance.random() < 0.5:
        builder.add_edge(chance.choice(names), lib.END)
    return builder


def topology_of(builder: Any) -> Topology:
    """What a builder declares, for the walk that finds the edges."""
    branches: list[Any] = [
        (source, target, str(label))
        for source, found in builder.branches.items()
        for branch in found.values()
        for label, target in (branch.ends or {}).items()
    ]
    branches += [(name, end, None) for name, spec in builder.nodes.items() for end in spec.ends]
    deferred = [name for name, spec in builder.nodes.items() if spec.defer]
    return Topology(builder.edges, builder.waiting_edges, branches, deferred)


@pytest.mark.parametrize("seeds", [range(n, n + 50) for n in range(0, 300, 50)])
def test_edges_are_those_langgraph_finds(seeds: range) -> None:
    """For random graphs with joins, branches and deferred nodes, every edge, label and dot."""
    compared = 0
    for seed in seeds:
        builder = random_builder("langgraph", seed, depth=0)
        try:
            theirs_ = builder.compile().get_graph().edges
        except TypeError:  # LangGraph cannot sort a label and None
            continue
        compared += 1

        assert [tuple(e) for e in possible_edges(topology_of(builder))] == theirs_, seed
    assert compared > 30


@pytest.mark.parametrize("engine", ENGINES)
def test_compiled_graphs_can_be_drawn(engine: str) -> None:
    """The picture of a compiled graph has its nodes in order, and subgraphs open up."""
    drawn = random_builder(engine, 0).compile().get_graph(xray=True)

    assert isinstance(drawn.draw_mermaid(), str)
    assert next(iter(drawn.nodes)) == "__start__"
