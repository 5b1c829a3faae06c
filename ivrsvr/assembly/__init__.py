"""How the parts of a server are made from its settings."""
