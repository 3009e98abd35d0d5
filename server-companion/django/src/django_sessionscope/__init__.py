"""The companion of the Sessionscope DevTools panel for Django dev servers."""

__version__ = "0.1.0"
