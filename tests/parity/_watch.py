"""A LangChain callback handler that writes down what it is told, for comparing."""

from typing import Any

from langchain_core.callbacks import AsyncCallbackHandler, BaseCallbackHandler


class Watch(BaseCallbackHandler):
    """Keeps every event as a tuple, with runs numbered by first appearance."""

    def __init__(self) -> None:
        self.events: list[tuple[Any, ...]] = []
        self._runs: dict[Any, int] = {}

    def take(self) -> list[tuple[Any, ...]]:
        """What was told since the last time."""
        events, self.events = self.events, []
        return events

    def _of(self, run_id: Any) -> int | None:
        return None if run_id is None else self._runs.setdefault(run_id, len(self._runs))

    def _note(self, what: str, told: Any, kwargs: dict[str, Any]) -> None:
        run, parent = self._of(kwargs["run_id"]), self._of(kwargs.get("parent_run_id"))
        shown = (kwargs.get("name"), kwargs.get("tags"), kwargs.get("metadata"))
        self.events.append((what, run, parent, *shown, told))

    def on_chain_start(self, serialized: Any, inputs: Any, **kwargs: Any) -> None:
        self._note("start", inputs, kwargs)

    def on_chain_end(self, outputs: Any, **kwargs: Any) -> None:
        self._note("end", outputs, kwargs)

    def on_chain_error(self, error: BaseException, **kwargs: Any) -> None:
        self._note("error", type(error).__name__, kwargs)

    def on_chat_model_start(self, serialized: Any, messages: Any, **kwargs: Any) -> None:
        self._note("model", messages, kwargs)

    def on_llm_new_token(self, token: Any, **kwargs: Any) -> None:
        self._note("token", token, kwargs)

    def on_llm_end(self, response: Any, **kwargs: Any) -> None:
        self._note("model end", response.generations[0][0].text, kwargs)

    def on_tool_start(self, serialized: Any, input_str: str, **kwargs: Any) -> None:
        self._note("tool", input_str, kwargs)

    def on_tool_end(self, output: Any, **kwargs: Any) -> None:
        self._note("tool end", output, kwargs)

    def on_tool_error(self, error: BaseException, **kwargs: Any) -> None:
        self._note("tool error", type(error).__name__, kwargs)

    def on_custom_event(self, name: str, data: Any, **kwargs: Any) -> None:
        self._note(f"custom {name}", data, kwargs)


class AsyncWatch(AsyncCallbackHandler):
    """The same for coroutines: each event is awaited."""

    def __init__(self) -> None:
        self._watch = Watch()

    def take(self) -> list[tuple[Any, ...]]:
        """What was told since the last time."""
        return self._watch.take()

    async def on_chain_start(self, serialized: Any, inputs: Any, **kwargs: Any) -> None:
        self._watch.on_chain_start(serialized, inputs, **kwargs)

    async def on_chain_end(self, outputs: Any, **kwargs: Any) -> None:
        self._watch.on_chain_end(outputs, **kwargs)

    async def on_chain_error(self, error: BaseException, **kwargs: Any) -> None:
        self._watch.on_chain_error(error, **kwargs)
