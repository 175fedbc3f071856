"""`StateGraph`: nodes that share a state, and the edges between them."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from anystep._constants import END, START
from anystep._langchain import as_runnable
from anystep.channels.last_value import LastValue

from ._hints import Known, leads_of, literals_of, name_of, said_by
from ._schema import channels_of
from ._spec import Branch, NodeSpec
from ._validate import check_action, refuse_name, validate, validate_strictly

if TYPE_CHECKING:
    from typing import Self

    from typing_extensions import TypeVar as TypeVarWithDefault

    from anystep._breaker import CircuitBreaker
    from anystep._run_policy import RunPolicy
    from anystep.cache.base import BaseCache
    from anystep.store.base import BaseStore

    from ._compiled import CompiledStateGraph

    StateT = TypeVarWithDefault("StateT")
    ContextT = TypeVarWithDefault("ContextT", default=None)
    InputT = TypeVarWithDefault("InputT", default=StateT)
    OutputT = TypeVarWithDefault("OutputT", default=StateT)
else:
    StateT = TypeVar("StateT")
    ContextT = TypeVar("ContextT")
    InputT = TypeVar("InputT")
    OutputT = TypeVar("OutputT")

__all__ = ["CompiledStateGraph", "StateGraph"]

_RESERVED: Final = (START, END)


class StateGraph(Generic[StateT, ContextT, InputT, OutputT]):
    """A graph whose nodes read a shared state and return updates to it.

    The schema is a TypedDict, a dataclass, a pydantic model or any annotated class.
    A key annotated with a reducer, `Annotated[list, operator.add]`, folds what nodes
    return for it; any other key holds the last value, and takes one per superstep.

        class State(TypedDict):
            topic: str
            jokes: Annotated[list[str], operator.add]

        graph = StateGraph(State)
        graph.add_node("write", write).add_edge(START, "write")
        app = graph.compile()
        app.invoke({"topic": "cats"})
    """

    # TypeVar defaults came with 3.13, and ours are plain at run time: a subscript with
    # fewer parameters than the class has would be an error.
    @classmethod
    def __class_getitem__(cls, _: Any) -> type[Self]:
        return cls

    def __init__(
        self,
        state_schema: type[StateT],
        context_schema: type[ContextT] | None = None,
        *,
        input_schema: type[InputT] | None = None,
        output_schema: type[OutputT] | None = None,
        **kwargs: Any,
    ) -> None:
        if kwargs:
            from ._old_names import old_schemas

            context_schema, input_schema, output_schema = old_schemas(
                kwargs, context_schema, input_schema, output_schema
            )
        self.state_schema: Any = state_schema
        self.context_schema = context_schema
        self.input_schema: Any = input_schema or state_schema
        self.output_schema: Any = output_schema or state_schema
        self.nodes: dict[str, NodeSpec] = {}
        self.edges: set[tuple[str, str]] = set()
        self.waiting_edges: set[tuple[tuple[str, ...], str]] = set()
        self.reliefs: set[tuple[str, str, str]] = set()  # source, whom nobody waits for, target
        self.branches: dict[str, dict[str, Branch]] = {}
        self.channels: dict[str, Any] = {}
        self.managed: dict[str, Any] = {}
        self.schemas: dict[Any, dict[str, Any]] = {}
        self.compiled = False
        self._defaults: dict[str, Any] = {}
        self._known: Known = {}
        _warn_of_no_schema(self.state_schema)
        self._add_schema(self.state_schema)
        self._add_schema(self.input_schema, allow_managed=False)
        self._add_schema(self.output_schema, allow_managed=False)

    # -- schemas ---------------------------------------------------------------------

    def _add_schema(self, schema: Any, allow_managed: bool = True) -> None:
        if schema in self.schemas:
            return
        channels, managed, _ = channels_of(schema)
        if managed and not allow_managed:
            names = ", ".join(managed)
            schema_name = getattr(schema, "__name__", "")
            raise ValueError(
                f"Invalid managed channels detected in {schema_name}: {names}. "
                "Managed channels are not permitted in Input/Output schema."
            )
        for key, channel in channels.items():
            known = self.channels.setdefault(key, channel)
            if known != channel and not isinstance(channel, LastValue):
                raise ValueError(f"Channel '{key}' already exists with a different type")
        for key, manager in managed.items():
            if self.managed.setdefault(key, manager) != manager:
                raise ValueError(f"Managed value '{key}' already exists with a different type")
        self.schemas[schema] = {**channels, **managed}

    def shown_keys(self, schema: Any) -> str | list[str]:
        """The channels a schema shows: a name for a state that is one value."""
        keys = [k for k in self.schemas[schema] if k in self.channels]
        return keys[0] if keys == ["__root__"] else keys

    # -- nodes -----------------------------------------------------------------------

    def set_node_defaults(
        self,
        *,
        retry_policy: Any = None,
        cache_policy: Any = None,
        error_handler: Any = None,
        timeout: Any = None,
    ) -> Self:
        """Policies for every node that has none of its own; error handlers excepted.

        Raises: `ValueError` for a `timeout` that is not above zero.
        """
        given = {
            "retry_policy": retry_policy,
            "cache_policy": cache_policy,
            "error_handler": error_handler,
            "timeout": _limit(timeout),
        }
        self._defaults.update({k: v for k, v in given.items() if v is not None})
        return self

    def add_node(
        self,
        node: str | Callable[..., Any] | Any,
        action: Callable[..., Any] | Any | None = None,
        *,
        defer: bool = False,
        metadata: dict[str, Any] | None = None,
        input_schema: type[Any] | None = None,
        retry_policy: Any = None,
        cache_policy: Any = None,
        error_handler: Callable[..., Any] | None = None,
        destinations: dict[str, str] | tuple[str, ...] | None = None,
        timeout: Any = None,
        trace_policy: Any = None,
        fallback: Callable[..., Any] | None = None,
        circuit_breaker: CircuitBreaker | None = None,
        **kwargs: Any,
    ) -> Self:
        """Add a node: a function of the state, a coroutine function, or a graph.

        Without a name the function's own is used. A function may take, besides the
        state, `config`, `writer`, `store`, `previous`, `runtime` or `error`.

        * `defer`: run only when nothing else is left to run.
        * `input_schema`: what the node reads; else its first parameter's annotation,
          else the whole state.
        * `fallback`: takes the node's input and does its work once its retries are exhausted.
        * `error_handler`: runs in the node's place after that.
        * `circuit_breaker`: refuses to call a node that has failed too often of late.
        * `destinations`: where its commands may lead, for drawings.

        Raises: `ValueError` for a name that is taken, reserved or has a `|` or `:`, and for a
        `timeout` that is not above zero.
        """
        if kwargs:
            from ._old_names import old_node_names

            retry_policy, input_schema = old_node_names(kwargs, retry_policy, input_schema)
        if not isinstance(node, str):
            node, action = name_of(node), node
        if action is None:
            raise RuntimeError(f"Node {node!r} needs an action: add_node({node!r}, function)")
        if node in self.nodes or node in _RESERVED or "|" in node or ":" in node:
            refuse_name(self, node)
        if not callable(action):
            action = as_runnable(action)
            check_action(action)
        if fallback is not None:
            check_action(fallback)
        if self.compiled:
            _warn_too_late("Adding a node")
        timeout = _limit(timeout)
        reads, returns = said_by(action, self._known)
        schema = input_schema or reads or self.state_schema
        if schema not in self.schemas:
            self._add_schema(schema)
        spec = NodeSpec(action, schema)
        ends = destinations or leads_of(returns)
        # What is not said of a node is not stored: graphs may have a million of them.
        policies = retry_policy or cache_policy or timeout or fallback or circuit_breaker
        if policies or ends or defer or metadata or trace_policy:
            spec.describe(
                ends=ends,
                defer=defer,
                metadata=metadata,
                retry_policy=retry_policy,
                cache_policy=cache_policy,
                timeout=timeout,
                trace_policy=trace_policy,
                fallback=fallback,
                circuit_breaker=circuit_breaker,
            )
        if error_handler is not None:
            spec.describe(
                handler=self._add_handler(f"__error_handler__{node}", error_handler, schema)
            )
        self.nodes[node] = spec
        return self

    def _add_handler(self, name: str, handler: Any, schema: Any) -> str:
        reads, returns = said_by(handler, self._known)
        spec = NodeSpec(handler, reads or schema)
        self._add_schema(spec.input_schema)
        spec.describe(ends=leads_of(returns), is_error_handler=True)
        self.nodes[name] = spec
        return name

    def add_sequence(
        self, nodes: Sequence[Callable[..., Any] | tuple[str, Callable[..., Any]]]
    ) -> Self:
        """Add nodes that run one after another."""
        if not nodes:
            raise ValueError("Sequence requires at least one node.")
        previous: str | None = None
        for node in nodes:
            name, action = node if isinstance(node, tuple) else (name_of(node), node)
            if name in self.nodes:
                raise ValueError(
                    f"Node names must be unique: node with the name '{name}' already exists. "
                    "If you need to use two different runnables/callables with the same name "
                    "(for example, using `lambda`), please provide them as tuples "
                    "(name, runnable/callable)."
                )
            self.add_node(name, action)
            if previous is not None:
                self.add_edge(previous, name)
            previous = name
        return self

    # -- edges -----------------------------------------------------------------------

    def add_edge(self, start_key: str | list[str], end_key: str) -> Self:
        """Run `end_key` after `start_key`; after all of them, for a list."""
        if self.compiled:
            _warn_too_late("Adding an edge")
        if isinstance(start_key, str):
            if start_key == END:
                raise ValueError("END cannot be a start node")
            if end_key == START:
                raise ValueError("START cannot be an end node")
            self.edges.add((start_key, end_key))
            return self
        for start in start_key:
            if start == END:
                raise ValueError("END cannot be a start node")
            if start not in self.nodes:
                raise ValueError(f"Need to add_node `{start}` first")
        if end_key == START:
            raise ValueError("START cannot be an end node")
        if end_key != END and end_key not in self.nodes:
            raise ValueError(f"Need to add_node `{end_key}` first")
        self.waiting_edges.add((tuple(start_key), end_key))
        return self

    def add_barrier_relief(self, source: str, absent: str, target: str) -> Self:
        """Let the join into `target` not wait for `absent` once `source` has decided against it.

        Where a router or a command may leave out a node that a join waits for, the join
        would wait for ever. With this, if `source` leads to nothing from which `absent` may
        still be reached, it counts as arrived. Ways through other nodes' routers count as
        possible, so that the join never runs early: name each node that decides. Not in LangGraph.

        Raises at `compile`: `ValueError` if there is no such node, or no such join.
        """
        if self.compiled:
            _warn_too_late("Adding a barrier relief")
        self.reliefs.add((source, absent, target))
        return self

    def add_conditional_edges(
        self,
        source: str,
        path: Callable[..., Any] | Any,
        path_map: dict[Hashable, str] | list[str] | None = None,
    ) -> Self:
        """After `source`, ask `path` where to go.

        It gets the state with the source's writes in it and returns a node's name,
        `END`, a `Send`, a list of these, or keys of `path_map`.
        """
        if self.compiled:
            _warn_too_late("Adding an edge")
        path = as_runnable(path)
        name = name_of(path, default="condition")
        if name in self.branches.setdefault(source, {}):
            raise ValueError(f"Branch with name `{name}` already exists for node `{source}`")
        reads, returns = said_by(path, self._known)
        ends: dict[Hashable, str] | None
        if isinstance(path_map, dict):
            ends = dict(path_map)
        elif path_map is not None:
            ends = {target: target for target in path_map}
        else:
            ends = {target: target for target in literals_of(returns)} or None
        branch = Branch(path, ends, reads)
        if reads is not None:
            self._add_schema(reads)
        self.branches[source][name] = branch
        return self

    def set_entry_point(self, key: str) -> Self:
        """Begin with `key`: the same as `add_edge(START, key)`."""
        return self.add_edge(START, key)

    def set_conditional_entry_point(
        self,
        path: Callable[..., Any] | Any,
        path_map: dict[Hashable, str] | list[str] | None = None,
    ) -> Self:
        """Ask `path` where to begin."""
        return self.add_conditional_edges(START, path, path_map)

    def set_finish_point(self, key: str) -> Self:
        """End after `key`: the same as `add_edge(key, END)`."""
        return self.add_edge(key, END)

    # -- compiling -------------------------------------------------------------------

    def validate(self, interrupt: Sequence[str] | None = None) -> Self:
        """Check that every edge leads from a node to a node.

        Raises: `ValueError` that names the edge and what is wrong with it.
        """
        validate(self, interrupt or ())
        self.compiled = True
        return self

    def compile(
        self,
        checkpointer: Any = None,
        *,
        cache: BaseCache[Any] | None = None,
        store: BaseStore | None = None,
        interrupt_before: Any = None,
        interrupt_after: Any = None,
        debug: bool = False,
        name: str | None = None,
        transformers: Any = None,
        strict: bool = False,
        policy: RunPolicy | None = None,
    ) -> CompiledStateGraph[StateT, ContextT, InputT, OutputT]:
        """Make the graph that runs.

        `checkpointer`: a saver; None takes the one of the graph around it; True keeps
        a memory of its own there; False never saves. `interrupt_before`/`_after`: stop
        at these nodes, `"*"` for all. `transformers`: what every run of
        `stream_events(version="v3")` projects besides the built-in projections.
        `policy`: the limits every run is held to. `strict`: refuse what is most likely
        a mistake and LangGraph lets pass; docs/reliability.md lists it.

        Raises: `ValueError` as `validate` does; `TypeError` for what is no saver.
        """
        # The engine is most of an import: a graph that is only described does without.
        from ._compile import compile_program
        from ._compiled import CompiledStateGraph

        before = interrupt_before or ()
        after = interrupt_after or ()
        named = [n for names in (before, after) if names != "*" for n in names]
        self._adopt_defaults()
        self.validate(interrupt=named)
        if strict:
            validate_strictly(self)
        compiled = CompiledStateGraph(
            builder=self,
            program=compile_program(self, strict=strict),
            checkpointer=checkpointer,
            store=store,
            cache=cache,
            interrupt_before_nodes=before,
            interrupt_after_nodes=after,
            stream_mode="updates",
            context_schema=self.context_schema,
            name=name or "LangGraph",
            debug=debug,
            policy=policy,
            strict=strict,
        )
        if transformers:
            compiled.stream_transformers = tuple(transformers)
        return compiled

    def _adopt_defaults(self) -> None:
        defaults = self._defaults
        if not defaults:
            return
        handler = defaults.get("error_handler")
        name = "__default_error_handler__"
        if handler is not None and name not in self.nodes:
            self._add_handler(name, handler, self.state_schema)
        for spec in self.nodes.values():
            if spec.is_error_handler:
                continue
            missing = {
                key: defaults.get(key)
                for key in ("retry_policy", "cache_policy", "timeout")
                if getattr(spec, key) is None
            }
            if spec.handler is None and handler is not None:
                missing["handler"] = name
            spec.describe(**missing)


def _limit(timeout: Any) -> Any:
    """A `timeout` as a policy. Raises: `ValueError` where it is not above zero."""
    if timeout is None:
        return None
    from anystep._policies import TimeoutPolicy  # few nodes have one

    return TimeoutPolicy.coerce(timeout)


def _warn_too_late(what: str) -> None:
    import warnings

    warnings.warn(
        f"{what} to a graph that has already been compiled. This will not be reflected in "
        "the compiled graph.",
        stacklevel=3,
    )


def _warn_of_no_schema(schema: Any) -> None:
    if isinstance(schema, type) or getattr(schema, "__args__", None):
        return
    import warnings

    warnings.warn(
        f"Invalid state_schema: {schema}. Expected a type or Annotated[type, reducer]. "
        "Please provide a valid schema to ensure correct updates.",
        stacklevel=3,
    )


def __getattr__(name: str) -> Any:
    """`CompiledStateGraph`, when somebody asks: it brings the engine."""
    if name == "CompiledStateGraph":
        from ._compiled import CompiledStateGraph

        return CompiledStateGraph
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
