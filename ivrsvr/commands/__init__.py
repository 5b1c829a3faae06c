"""The commands of `ivrsvr`, a module each: `add` declares its options, and `run` carries it out.

What a command needs is imported when it runs: `ivrsvr --version` has to be quick.
"""

DONE, FAILED, WRONG = 0, 1, 2
"""Exit codes: done, failed, wrong usage or configuration."""
