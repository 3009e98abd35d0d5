"""Observes the sessions of an app of which no line is changed: `python -m sessionscope <how the app is started>`."""
