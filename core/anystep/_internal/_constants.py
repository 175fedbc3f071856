"""Keys in `config["configurable"]` under which a task finds its run."""

CONF = "configurable"
CONFIG_KEY_READ = "__pregel_read"
CONFIG_KEY_RUNTIME = "__pregel_runtime"
CONFIG_KEY_SEND = "__pregel_send"
