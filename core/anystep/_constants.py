"""Names the engine reserves in writes, configs and namespaces.

They are visible in saved data and in streams, so their text is LangGraph's and never changes.
Programs import the few public ones from `anystep.constants`.
"""

from typing import Final

# Nodes and tags.
START: Final = "__start__"
END: Final = "__end__"
TAG_HIDDEN: Final = "langsmith:hidden"
TAG_NOSTREAM: Final = "nostream"

# Reserved write keys.
INPUT: Final = "__input__"  # values given as a graph's input
COPY: Final = "__copy__"  # update_state(as_node=...): clone a checkpoint
INTERRUPT: Final = "__interrupt__"  # interrupts raised by a task
RESUME: Final = "__resume__"  # answers to interrupts
ERROR: Final = "__error__"  # the error a task ended with
ERROR_SOURCE_NODE: Final = "__error_source_node__"  # the failed node an error handler stands in for
SCHEDULED: Final = "__scheduled__"  # a task handed to another worker
NO_WRITES: Final = "__no_writes__"  # the task finished and wrote nothing
TASKS: Final = "__pregel_tasks"  # the topic that carries Send packets
RETURN: Final = "__return__"  # what a function task returned
PREVIOUS: Final = "__previous__"  # what an entrypoint saved on its last run
ROOT: Final = "__root__"  # the only key of a state that is not a mapping
OVERWRITE: Final = "__overwrite__"  # bypass the reducer: {"__overwrite__": value}
METADATA: Final = "__metadata__"  # remarks about an `updates` event
SNAPSHOT_BUMPS: Final = "__snapshot_bumps__"  # versions_seen entries moved by a snapshot alone

# Task paths.
PULL: Final = "__pregel_pull"  # a task triggered by a channel
PUSH: Final = "__pregel_push"  # a task started by Send or by a call

# Cache namespaces.
CACHE_NS_WRITES: Final = "__pregel_ns_writes"

# Configs and namespaces.
CONF: Final = "configurable"
NS_SEP: Final = "|"  # between the levels of a checkpoint namespace
NS_END: Final = ":"  # between a level's name and its task id
NULL_TASK_ID: Final = "00000000-0000-0000-0000-000000000000"  # writes that belong to no task
CONFIG_KEY_THREAD_ID: Final = "thread_id"
CONFIG_KEY_CHECKPOINT_NS: Final = "checkpoint_ns"
CONFIG_KEY_CHECKPOINT_ID: Final = "checkpoint_id"
CONFIG_KEY_CHECKPOINT_MAP: Final = "checkpoint_map"
CONFIG_KEY_CACHE: Final = "__pregel_cache"
CONFIG_KEY_CALL: Final = "__pregel_call"
CONFIG_KEY_CHECKPOINTER: Final = "__pregel_checkpointer"
CONFIG_KEY_DURABILITY: Final = "__pregel_durability"
CONFIG_KEY_NODE_ERROR: Final = "__pregel_node_error"
CONFIG_KEY_NODE_FINISHED: Final = "__pregel_node_finished"
CONFIG_KEY_READ: Final = "__pregel_read"
CONFIG_KEY_REPLAY_STATE: Final = "__pregel_replay_state"
CONFIG_KEY_RESUME_MAP: Final = "__pregel_resume_map"
CONFIG_KEY_RESUMING: Final = "__pregel_resuming"
CONFIG_KEY_RUNNER_SUBMIT: Final = "__pregel_runner_submit"
CONFIG_KEY_RUNTIME: Final = "__pregel_runtime"
CONFIG_KEY_SCRATCHPAD: Final = "__pregel_scratchpad"
CONFIG_KEY_SEND: Final = "__pregel_send"
CONFIG_KEY_STREAM: Final = "__pregel_stream"
CONFIG_KEY_STREAM_MESSAGES_V2: Final = "__pregel_stream_messages_v2"
CONFIG_KEY_STRICT_RESUME: Final = "__pregel_strict_resume"
CONFIG_KEY_TASK_ID: Final = "__pregel_task_id"
CONFIG_KEY_TIMED_ATTEMPT_OBSERVER: Final = "__pregel_timed_attempt_observer"

#: Writes that steer the engine and never reach a channel.
CONTROL_WRITES: Final = frozenset(
    (NO_WRITES, PUSH, RESUME, INTERRUPT, RETURN, ERROR, ERROR_SOURCE_NODE)
)

#: Names no channel or node of a user may take.
RESERVED: Final = frozenset(
    (
        TAG_HIDDEN,
        INPUT,
        INTERRUPT,
        RESUME,
        ERROR,
        ERROR_SOURCE_NODE,
        NO_WRITES,
        SNAPSHOT_BUMPS,
        CONFIG_KEY_SEND,
        CONFIG_KEY_READ,
        CONFIG_KEY_CHECKPOINTER,
        CONFIG_KEY_STREAM,
        CONFIG_KEY_CHECKPOINT_MAP,
        CONFIG_KEY_RESUMING,
        CONFIG_KEY_REPLAY_STATE,
        CONFIG_KEY_TASK_ID,
        CONFIG_KEY_CHECKPOINT_ID,
        CONFIG_KEY_CHECKPOINT_NS,
        CONFIG_KEY_TIMED_ATTEMPT_OBSERVER,
        CONFIG_KEY_RESUME_MAP,
        CONFIG_KEY_STRICT_RESUME,
        CONFIG_KEY_STREAM_MESSAGES_V2,
        PUSH,
        PULL,
        NS_SEP,
        NS_END,
        CONF,
    )
)
