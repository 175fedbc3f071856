"""Programs that must behave the same on langgraph and on anystep."""
