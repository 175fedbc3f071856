"""Names that packages made for LangGraph import from its private modules.

langchain's `create_agent`, langgraph_supervisor, langgraph_swarm, trustcall and deepagents reach into
`langgraph._internal`; with their imports led to anystep, they find here what they ask for.
"""
