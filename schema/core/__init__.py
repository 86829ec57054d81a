"""The only place for what every part of the schema is made with. Doors: context, scalars, pasted, nodes, errors."""
