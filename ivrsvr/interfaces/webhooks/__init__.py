"""Webhooks: events as HTTP requests to other programs, after the Standard Webhooks scheme."""
