"""What `StateGraph.compile` returns: the engine's graph, which knows its builder."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from anystep.pregel import Pregel

from ._schema import is_coerced
from .state import ContextT, InputT, OutputT, StateT

if TYPE_CHECKING:
    from anystep.draw import DrawableGraph

    from .state import StateGraph


class CompiledStateGraph(Pregel[StateT, ContextT, InputT, OutputT]):
    """A `StateGraph` that can run."""

    __module__ = "anystep.graph.state"  # where users import it from

    def __init__(
        self, *, builder: StateGraph[StateT, ContextT, InputT, OutputT], **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.builder = builder

    @property
    def coerce_output(self) -> Any:
        """The output schema where it is a dataclass or a model: v2 results are its."""
        schema = self.builder.output_schema
        return (lambda values: schema(**values)) if is_coerced(schema) else None

    def get_input_jsonschema(self, config: Any = None) -> dict[str, Any]:
        """The JSON schema of the input. Raises: `ImportError` without pydantic."""
        from ._json_schema import json_schema

        return json_schema(self.builder, self.builder.input_schema, self.get_name("Input"))

    def get_output_jsonschema(self, config: Any = None) -> dict[str, Any]:
        """The JSON schema of the output. Raises: `ImportError` without pydantic."""
        from ._json_schema import json_schema

        return json_schema(self.builder, self.builder.output_schema, self.get_name("Output"))

    def get_graph(self, config: Any = None, *, xray: int | bool = False) -> DrawableGraph:
        """The graph for drawing: `.draw_mermaid()`, `.draw_ascii()`, `.draw_svg()`.

        `xray` opens the graphs used as nodes: True all the way, a number that deep.
        """
        from ._draw import draw

        return draw(self, xray)
