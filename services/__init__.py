"""Management and services on the graph: keys, spaces, budgets. Doors are in api."""
