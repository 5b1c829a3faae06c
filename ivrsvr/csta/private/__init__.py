"""Avaya private data, each type with its layouts by private-data version."""
