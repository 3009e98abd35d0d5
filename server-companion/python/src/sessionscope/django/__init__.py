"""The companion of the Sessionscope DevTools panel for Django dev servers."""
