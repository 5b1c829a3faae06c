"""Collects every scenario of every feature below this folder."""

from pytest_bdd import scenarios

scenarios(".")
