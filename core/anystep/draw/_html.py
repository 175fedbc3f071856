"""The graph as a stand-alone HTML page.

It needs no network and runs no script, so it opens under the strictest content security policy:
the picture is inline SVG, the rest plain tables and the Mermaid source.
"""

from __future__ import annotations

from ._graph import DrawableGraph, NodeStyles
from ._mermaid import draw_mermaid, metadata_text
from ._svg import draw_svg, escape

__all__ = ["draw_html"]

_PAGE = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{title}</title>
<style>
body {{ font: 15px/1.5 system-ui, sans-serif; color: #1f2937; margin: 2rem auto; max-width: 70rem;
  padding: 0 1rem; }}
figure {{ margin: 0; overflow: auto; border: 1px solid #d1d5db; border-radius: 8px; }}
figure svg {{ display: block; margin: auto; }}
table {{ border-collapse: collapse; }}
th, td {{ text-align: left; padding: .25rem 1.5rem .25rem 0; border-bottom: 1px solid #e5e7eb; }}
pre {{ background: #f3f4f6; padding: 1rem; overflow: auto; border-radius: 8px; }}
</style>
</head>
<body>
<h1>{title}</h1>
<figure>
{svg}</figure>
<h2>Nodes</h2>
<table>
<tr><th>Node</th><th>Details</th></tr>
{nodes}
</table>
<h2>Edges</h2>
<table>
<tr><th>From</th><th>To</th><th>Label</th><th>Kind</th></tr>
{edges}
</table>
<details>
<summary>Mermaid</summary>
<pre>{mermaid}</pre>
</details>
</body>
</html>
"""


def draw_html(graph: DrawableGraph, *, title: str) -> str:
    """`graph` as a page called `title`."""
    mermaid = draw_mermaid(
        graph, with_styles=True, curve="linear", styles=NodeStyles(), wrap=9, frontmatter={}
    )
    return _PAGE.format(
        title=escape(title),
        svg=draw_svg(graph, title=title),
        nodes="\n".join(
            _row(id_, "; ".join(_details(node.metadata or {}))) for id_, node in graph.nodes.items()
        ),
        edges="\n".join(
            _row(
                edge.source,
                edge.target,
                "" if edge.data is None else str(edge.data),
                "conditional" if edge.conditional else "",
            )
            for edge in graph.edges
        ),
        mermaid="\n".join(escape(line) for line in mermaid.split("\n")),
    )


def _details(metadata: dict[str, object]) -> list[str]:
    texts = ((key, metadata_text(value)) for key, value in metadata.items())
    return [f"{key} = {text}" for key, text in texts if text is not None]


def _row(*cells: str) -> str:
    return "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>"
