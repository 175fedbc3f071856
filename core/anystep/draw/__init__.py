"""Pictures of graphs: Mermaid, DOT, ASCII, SVG, HTML and JSON, all without the network.

    picture = graph.get_graph()          # a DrawableGraph
    print(picture.draw_mermaid())
    print(picture.draw_ascii())

Every form is deterministic: the same graph gives the same text on every host.
"""

from ._graph import CurveStyle, DrawableGraph, DrawEdge, DrawNode, NodeStyles
from ._topology import Topology, possible_edges

__all__ = [
    "CurveStyle",
    "DrawEdge",
    "DrawNode",
    "DrawableGraph",
    "NodeStyles",
    "Topology",
    "possible_edges",
]
