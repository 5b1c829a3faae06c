"""Scenarios: a world, the people in it, what happens to them, and what is expected of the day. Pure.

`schema` declares what a file says, `file` reads one, `play` lets it happen; `figures` and `claims` judge.
"""
