"""What the simulated world says to whoever asks the impossible of it."""


class PeopleError(Exception):
    """A person cannot do that now; the text says why."""
