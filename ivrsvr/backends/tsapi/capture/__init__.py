"""Captured conversations as text: packet captures and hex dumps in, lines for people out. Pure."""
