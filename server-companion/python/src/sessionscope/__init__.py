"""Observes what a server does with its sessions, for the Sessionscope DevTools panel."""

__version__ = "0.1.0"
