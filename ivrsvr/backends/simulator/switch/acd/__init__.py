"""Automatic call distribution: agents, queues, who gets which call."""
