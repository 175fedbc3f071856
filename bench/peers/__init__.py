"""Other engines, each with programs of its own that do what the scenario of that name does.

They are columns to look at: their semantics differ from LangGraph's, so no budget names them.
A Python module here has ``WORKS``: how to build a scenario's work, by the scenario's name.
"""
