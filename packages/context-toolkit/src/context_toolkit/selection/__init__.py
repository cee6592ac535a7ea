"""Selection: the few tools that an agent is shown of the many there are, and who may run them for how long."""
