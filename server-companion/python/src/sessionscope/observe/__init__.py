"""The kit: what every adapter needs to observe a session, whatever the framework."""
