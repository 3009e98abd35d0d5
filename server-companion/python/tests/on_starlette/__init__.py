"""Libraries that stand on Starlette's sessions, each in an app as its own documentation writes it."""
