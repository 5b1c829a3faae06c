"""Fuzz targets; see each module."""
