"""interrupt() inside nodes: what is shown, what a resume does, what runs again."""
# pyright: basic

from typing import Any

from ._kit import Log, Number, Words, chain, fan, says
from ._oracle import Run, program, thread


def _asking(lib: Any, question: Any = "go?") -> Any:
    """Return a node that appends the answer to *question*."""

    def node(state: Any) -> dict[str, Any]:
        return {"xs": [lib.interrupt(question)]}

    return node


@program
async def one(lib: Any, run: Run) -> None:
    """One interrupt: its event in each mode, the snapshot, the resume, the history."""
    graph = chain(
        lib,
        Words,
        {"a": says("a"), "ask": _asking(lib, {"q": 1}), "b": says("b")},
        checkpointer=lib.InMemorySaver(),
    )

    await run.watch(graph, {"xs": []}, "i")
    await run.state(graph, thread("i", "values"))
    await run.history(graph, thread("i", "values"))
    for mode in ("values", "updates", "tasks", "checkpoints", "debug", "allv1", "allv2"):
        options: dict[str, Any] = {"stream_mode": mode}
        if mode.startswith("all"):
            modes = ["values", "updates", "tasks", "checkpoints"]
            options = {"stream_mode": modes, "version": mode[3:], "subgraphs": True}
        await run.stream(graph, lib.Command(resume="yes"), thread("i", mode), **options)
    await run.state(graph, thread("i", "values"))
    await run.history(graph, thread("i", "values"))


@program
async def result_of_invoke(lib: Any, run: Run) -> None:
    """invoke shows the interrupts beside the values, version v2 apart."""
    graph = chain(lib, Words, {"ask": _asking(lib)}, checkpointer=lib.InMemorySaver())

    await run.invoke(graph, {"xs": []}, thread("1"))
    await run.invoke(graph, lib.Command(resume="x"), thread("1"))
    await run.invoke(graph, {"xs": []}, thread("2"), version="v2")
    await run.invoke(graph, lib.Command(resume="x"), thread("2"), version="v2")
    await run.invoke(graph, {"xs": []}, thread("3"), stream_mode="updates")
    await run.invoke(graph, {"xs": []}, thread("4"), output_keys="xs")


@program
async def without_saver(lib: Any, run: Run) -> None:
    """Without a saver the interrupt is shown and cannot be resumed."""
    graph = chain(lib, Words, {"a": says("a"), "ask": _asking(lib)})

    await run.watch(graph, {"xs": []})
    await run.invoke(graph, {"xs": []})
    await run.invoke(graph, lib.Command(resume="x"))


@program
async def two_in_one_node(lib: Any, run: Run) -> None:
    """Two interrupts of one node are answered in order; the node runs three times."""
    ran = []

    def asks(state: Any) -> dict[str, Any]:
        ran.append("ask")
        first = lib.interrupt("first")
        second = lib.interrupt({"second after": first})
        return {"xs": [first, second]}

    graph = chain(lib, Words, {"ask": asks, "b": says("b")}, checkpointer=lib.InMemorySaver())

    await run.invoke(graph, {"xs": []}, thread())
    await run.state(graph, thread())
    await run.invoke(graph, lib.Command(resume="1"), thread())
    await run.state(graph, thread())
    await run.invoke(graph, lib.Command(resume="2"), thread())
    await run.history(graph, thread())
    run.note("ran", ran)


@program
async def in_a_for_loop(lib: Any, run: Run) -> None:
    """Interrupts in a loop of one node."""

    def asks(state: Any) -> dict[str, Any]:
        return {"xs": [lib.interrupt(f"q{i}") for i in range(3)]}

    graph = chain(lib, Words, {"ask": asks}, checkpointer=lib.InMemorySaver())

    await run.invoke(graph, {"xs": []}, thread())
    for answer in ("a", "b", "c"):
        await run.stream(
            graph, lib.Command(resume=answer), thread(), stream_mode=["updates", "values"]
        )


@program(parallel=True)
async def parallel_by_map(lib: Any, run: Run) -> None:
    """Parallel interrupts come together and are answered by id."""
    nodes = {"a": _asking(lib, "qa"), "b": _asking(lib, "qb"), "c": says("c")}
    graph = fan(lib, Words, nodes, checkpointer=lib.InMemorySaver())

    await run.stream(graph, {"xs": []}, thread(), stream_mode=["updates", "values"])
    state = await run.state(graph, thread())
    by_question = {i.value: i.id for i in state.interrupts}
    answers = {by_question["qa"]: "A", by_question["qb"]: "B"}
    await run.invoke(graph, lib.Command(resume=answers), thread())
    await run.history(graph, thread())


@program(parallel=True)
async def parallel_one_at_a_time(lib: Any, run: Run) -> None:
    """A map that answers one of two leaves the other pending."""
    ran = []

    def counted(name: str) -> Any:
        def node(state: Any) -> dict[str, Any]:
            ran.append(name)
            return {"xs": [lib.interrupt(name)]}

        return node

    nodes = {"a": counted("a"), "b": counted("b")}
    graph = fan(lib, Words, nodes, checkpointer=lib.InMemorySaver())

    await run.invoke(graph, {"xs": []}, thread())
    state = await run.state(graph, thread())
    by_question = {i.value: i.id for i in state.interrupts}
    await run.invoke(graph, lib.Command(resume={by_question["b"]: "B"}), thread())
    await run.state(graph, thread())
    await run.invoke(graph, lib.Command(resume={by_question["a"]: "A"}), thread())
    await run.state(graph, thread())
    run.note("ran", sorted(ran))


@program(parallel=True)
async def scalar_for_several(lib: Any, run: Run) -> None:
    """A single answer for two pending interrupts is refused."""
    nodes = {"a": _asking(lib, "qa"), "b": _asking(lib, "qb")}
    graph = fan(lib, Words, nodes, checkpointer=lib.InMemorySaver())

    await run.invoke(graph, {"xs": []}, thread())
    await run.invoke(graph, lib.Command(resume="x"), thread())
    await run.state(graph, thread())


@program
async def map_with_unknown_id(lib: Any, run: Run) -> None:
    """A map whose ids are not pending leaves the interrupt as it is."""
    graph = chain(lib, Words, {"ask": _asking(lib)}, checkpointer=lib.InMemorySaver())

    await run.invoke(graph, {"xs": []}, thread())
    await run.invoke(graph, lib.Command(resume={"0" * 32: "x"}), thread())
    await run.state(graph, thread())


@program
async def dict_that_is_no_map(lib: Any, run: Run) -> None:
    """A dict whose keys are no ids is an answer."""
    graph = chain(lib, Words, {"ask": _asking(lib)}, checkpointer=lib.InMemorySaver())

    await run.invoke(graph, {"xs": []}, thread("1"))
    await run.invoke(graph, lib.Command(resume={"answer": 1}), thread("1"))
    await run.invoke(graph, {"xs": []}, thread("2"))
    await run.invoke(graph, lib.Command(resume={}), thread("2"))


@program
async def falsy_answers(lib: Any, run: Run) -> None:
    """False, 0, "" and [] are answers."""
    graph = chain(lib, Words, {"ask": _asking(lib)}, checkpointer=lib.InMemorySaver())

    for index, answer in enumerate((False, 0, "", [])):
        await run.invoke(graph, {"xs": []}, thread(str(index)))
        await run.invoke(graph, lib.Command(resume=answer), thread(str(index)))


@program
async def none_is_no_answer(lib: Any, run: Run) -> None:
    """Input None asks again."""
    graph = chain(lib, Words, {"ask": _asking(lib)}, checkpointer=lib.InMemorySaver())

    await run.invoke(graph, {"xs": []}, thread())
    await run.invoke(graph, None, thread())
    await run.state(graph, thread())
    await run.invoke(graph, lib.Command(resume="x"), thread())


@program
async def loop_of_two_nodes(lib: Any, run: Run) -> None:
    """An interrupt in each round of a loop."""

    def again(state: Any) -> str:
        return "ask" if len(state["xs"]) < 4 else "__end__"

    builder = lib.StateGraph(Words)
    builder.add_node("ask", _asking(lib)).add_node("note", says("n"))
    builder.add_edge(lib.START, "ask").add_edge("ask", "note")
    builder.add_conditional_edges("note", again)
    graph = builder.compile(checkpointer=lib.InMemorySaver())

    await run.invoke(graph, {"xs": []}, thread())
    await run.invoke(graph, lib.Command(resume="1"), thread())
    await run.invoke(graph, lib.Command(resume="2"), thread())
    await run.history(graph, thread())


@program
async def resume_on_a_finished_thread(lib: Any, run: Run) -> None:
    """A resume with nothing pending just runs."""
    graph = chain(lib, Words, {"a": says("a"), "b": says("b")}, checkpointer=lib.InMemorySaver())

    await run.invoke(graph, {"xs": []}, thread())
    await run.invoke(graph, lib.Command(resume="x"), thread())
    await run.state(graph, thread())
    await run.history(graph, thread())


@program
async def new_input_instead_of_answer(lib: Any, run: Run) -> None:
    """New input on an interrupted thread starts over with the state kept."""
    graph = chain(
        lib,
        Words,
        {"a": says("a"), "ask": _asking(lib), "b": says("b")},
        checkpointer=lib.InMemorySaver(),
    )

    await run.invoke(graph, {"xs": ["1"]}, thread())
    await run.invoke(graph, {"xs": ["2"]}, thread())
    await run.state(graph, thread())
    await run.invoke(graph, lib.Command(resume="x"), thread())
    await run.history(graph, thread())


@program(parallel=True)
async def finished_sibling_does_not_run_again(lib: Any, run: Run) -> None:
    """A node that finished beside an interrupted one runs once."""
    ran = []

    def works(state: Any) -> dict[str, Any]:
        ran.append("w")
        return {"xs": ["w"]}

    nodes = {"ask": _asking(lib), "w": works}
    graph = fan(lib, Words, nodes, checkpointer=lib.InMemorySaver())

    await run.stream(graph, {"xs": []}, thread(), stream_mode=["updates", "values"])
    await run.state(graph, thread())
    await run.stream(
        graph,
        lib.Command(resume="x"),
        thread(),
        stream_mode=["updates", "values", "tasks", "checkpoints"],
    )
    run.note("ran", ran)


@program(parallel=True)
async def in_sent_tasks(lib: Any, run: Run) -> None:
    """Each sent task may interrupt; answers go by id."""

    def asks(state: Any) -> dict[str, Any]:
        return {"xs": [[state["i"], lib.interrupt(f"q{state['i']}")]]}

    builder = lib.StateGraph(Words).add_node("ask", asks)
    builder.add_conditional_edges(
        lib.START, lambda s: [lib.Send("ask", {"i": i}) for i in range(3)]
    )
    graph = builder.compile(checkpointer=lib.InMemorySaver())

    await run.invoke(graph, {"xs": []}, thread())
    state = await run.state(graph, thread())
    answers = {i.id: i.value.upper() for i in state.interrupts}
    await run.stream(
        graph, lib.Command(resume=answers), thread(), stream_mode=["updates", "values"]
    )
    await run.history(graph, thread())


@program
async def resume_with_update(lib: Any, run: Run) -> None:
    """A resume may update the state first."""
    graph = chain(
        lib, Words, {"ask": _asking(lib), "b": says("b")}, checkpointer=lib.InMemorySaver()
    )

    await run.invoke(graph, {"xs": []}, thread())
    await run.invoke(graph, lib.Command(resume="x", update={"xs": ["up"]}), thread())
    await run.history(graph, thread())


@program(parallel=True)
async def resume_with_goto(lib: Any, run: Run) -> None:
    """A resume may also go somewhere."""
    builder = lib.StateGraph(Words)
    builder.add_node("ask", _asking(lib)).add_node("b", says("b")).add_node("c", says("c"))
    builder.add_edge(lib.START, "ask").add_edge("ask", "b")
    graph = builder.compile(checkpointer=lib.InMemorySaver())

    await run.invoke(graph, {"xs": []}, thread())
    await run.invoke(graph, lib.Command(resume="x", goto="c"), thread())
    await run.history(graph, thread())


@program
async def goto_instead_of_answer(lib: Any, run: Run) -> None:
    """A goto without an answer on an interrupted thread."""
    builder = lib.StateGraph(Words)
    builder.add_node("ask", _asking(lib)).add_node("b", says("b")).add_node("c", says("c"))
    builder.add_edge(lib.START, "ask").add_edge("ask", "b")
    graph = builder.compile(checkpointer=lib.InMemorySaver())

    await run.invoke(graph, {"xs": []}, thread())
    await run.invoke(graph, lib.Command(goto="c"), thread())
    await run.state(graph, thread())


@program
async def caught_by_the_node(lib: Any, run: Run) -> None:
    """A node that swallows the exception of interrupt() just goes on."""

    def careless(state: Any) -> dict[str, Any]:
        try:
            answer = lib.interrupt("q")
        except Exception as error:  # noqa: BLE001 - it is what careless nodes do
            answer = type(error).__name__
        return {"xs": [answer]}

    graph = chain(lib, Words, {"a": careless}, checkpointer=lib.InMemorySaver())

    await run.invoke(graph, {"xs": []}, thread())
    await run.state(graph, thread())


@program
async def outside_a_run(lib: Any, run: Run) -> None:
    """interrupt() outside a graph is an error."""
    run.attempt("interrupt", lambda: lib.interrupt("q"))


@program
async def values_of_all_kinds(lib: Any, run: Run) -> None:
    """What is asked may be any value, and survives the saver."""
    import datetime
    import uuid

    when = datetime.datetime(2026, 11, 21, tzinfo=datetime.UTC)
    for value in (None, 0, "text", [1, [2, 3]], {"k": {1, 2}}, when, uuid.UUID(int=5)):
        graph = chain(lib, Words, {"ask": _asking(lib, value)}, checkpointer=lib.InMemorySaver())
        await run.invoke(graph, {"xs": []}, thread())
        await run.state(graph, thread())


@program
async def schema_of_the_answer(lib: Any, run: Run) -> None:
    """response_schema checks the answer; a refused answer can be given again."""

    def asks(state: Any) -> dict[str, Any]:
        return {"n": lib.interrupt("how many?", response_schema=int)}

    graph = chain(lib, Number, {"ask": asks}, checkpointer=lib.InMemorySaver())

    await run.invoke(graph, {"n": 0}, thread())
    await run.state(graph, thread())
    try:
        resume = lib.Command(resume="many")
        if run.face == "sync":
            graph.invoke(resume, thread())
        else:
            await graph.ainvoke(resume, thread())
    except Exception as error:  # noqa: BLE001 - its type is the observation
        run.note("refused", type(error).__name__)
    await run.state(graph, thread())
    await run.invoke(graph, lib.Command(resume=3), thread())


@program
async def schema_as_json(lib: Any, run: Run) -> None:
    """A JSON schema is shown and not checked."""

    def asks(state: Any) -> dict[str, Any]:
        return {"xs": [lib.interrupt("q", response_schema={"type": "integer"})]}

    graph = chain(lib, Words, {"ask": asks}, checkpointer=lib.InMemorySaver())

    await run.invoke(graph, {"xs": []}, thread())
    await run.invoke(graph, lib.Command(resume="text"), thread())


@program
async def answers_and_a_failure(lib: Any, run: Run) -> None:
    """An answer is kept when the node fails after it."""
    ran = []

    def asks(state: Any) -> dict[str, Any]:
        answer = lib.interrupt("q")
        ran.append(answer)
        if len(ran) == 1:
            raise ValueError("after the answer")
        return {"xs": [answer]}

    graph = chain(lib, Words, {"ask": asks}, checkpointer=lib.InMemorySaver())

    await run.invoke(graph, {"xs": []}, thread())
    await run.invoke(graph, lib.Command(resume="kept"), thread())
    await run.invoke(graph, None, thread())
    run.note("ran", ran)


@program
async def same_id_after_a_rerun(lib: Any, run: Run) -> None:
    """An unanswered interrupt keeps its id when the thread is run again."""
    graph = chain(lib, Log, {"ask": _asking(lib)}, checkpointer=lib.InMemorySaver())

    first = await run.invoke(graph, {"xs": []}, thread())
    second = await run.invoke(graph, None, thread())
    run.note("same", first["__interrupt__"][0].id == second["__interrupt__"][0].id)


@program
async def an_answer_to_nobody_does_not_linger(lib: Any, run: Run) -> None:
    """A resume value is for the superstep at which the run goes on, not for later questions."""
    for commands in (
        [lib.Command(resume="early")],
        [{"xs": []}, lib.Command(resume="A"), lib.Command(resume="late", goto="a")],
        [{"xs": []}, lib.Command(resume="A"), lib.Command(resume="late")],
        [{"xs": []}, lib.Command(resume="A", update={"xs": ["u"]}), lib.Command(resume="late")],
    ):
        nodes = {"a": says("a"), "b": lambda s: {"xs": [lib.interrupt("?")]}}
        graph = chain(lib, Words, nodes, checkpointer=lib.InMemorySaver())
        for command in commands:
            await run.invoke(graph, command, thread())
        await run.history(graph, thread())
