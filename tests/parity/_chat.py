"""A chat model of LangChain's that follows a script, for the programs about agents."""
# pyright: basic, reportCallIssue=false
# mypy: disable-error-code="misc"

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable, chain
from langchain_core.utils.function_calling import convert_to_openai_tool


def calls(*wanted: tuple[str, dict[str, Any]]) -> AIMessage:
    """A message that calls tools; ids are c0, c1 and so on."""
    listed: Any = [
        {"name": name, "args": args, "id": f"c{place}", "type": "tool_call"}
        for place, (name, args) in enumerate(wanted)
    ]
    return AIMessage("", tool_calls=listed)


class ToolModel(BaseChatModel):
    """Gives one reply after another; `asked` holds what it was asked, shared by bound copies."""

    replies: list[Any]
    asked: list[Any]
    structured: Any
    position: list[int]

    def __init__(self, *replies: Any, structured: Any = None, **fields: Any) -> None:
        given = {"asked": [], "position": [0], "structured": structured, **fields}
        super().__init__(**{"replies": list(replies), **given})

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def _next(self, messages: list[BaseMessage]) -> AIMessage:
        place = self.position[0]
        self.position[0] += 1
        self.asked.append([(m.type, m.content, m.name) for m in messages])
        reply = self.replies[place % len(self.replies)]
        if isinstance(reply, Exception):
            raise reply
        if isinstance(reply, str):
            reply = AIMessage(reply)
        named: AIMessage = reply.model_copy(update={"id": f"ai-{place}"})
        return named

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        return ChatResult(generations=[ChatGeneration(message=self._next(messages))])

    def bind_tools(
        self, tools: Sequence[dict[str, Any] | type | Callable[..., Any] | Any], **kwargs: Any
    ) -> Runnable[Any, AIMessage]:
        """The model with its tools in OpenAI's form."""
        made = [t if isinstance(t, dict) else convert_to_openai_tool(t) for t in tools]
        return self.bind(tools=made, **kwargs)

    def with_structured_output(self, schema: Any, **kwargs: Any) -> Runnable[Any, Any]:
        """Gives `structured`, and remembers what it was asked for."""

        def answer(messages: Any) -> Any:
            name = getattr(schema, "__name__", schema)
            self.asked.append(("structured", name, [(m.type, m.content) for m in messages]))
            return self.structured

        return chain(answer)


class StreamingToolModel(ToolModel):
    """Tells its replies word by word."""

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        whole = self._next(messages)
        for word in str(whole.content).split() or [""]:
            piece = AIMessageChunk(word, id=whole.id, tool_calls=whole.tool_calls)
            yield ChatGenerationChunk(message=piece)
