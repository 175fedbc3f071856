"""Every scenario by name."""

from . import blocking, chains, chats, fans, growth, juncture, states

SCENARIOS = {
    scenario.name: scenario
    for module in (chains, fans, states, chats, blocking, juncture, growth)
    for scenario in module.SCENARIOS
}
