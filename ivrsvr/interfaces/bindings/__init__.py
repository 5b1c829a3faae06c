"""The parts of the client packages that are made from the registry: methods, their types, what changes something."""
