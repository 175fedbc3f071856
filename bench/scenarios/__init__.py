"""Every scenario by name, in the order of the table."""

from . import agents, blocking, chains, chats, fans, growth, juncture, saved, states, streams, wides

SCENARIOS = {
    scenario.name: scenario
    for module in (
        chains, streams, fans, states, saved, wides, chats, blocking, agents, juncture, growth,
    )
    for scenario in module.SCENARIOS
}  # fmt: skip
