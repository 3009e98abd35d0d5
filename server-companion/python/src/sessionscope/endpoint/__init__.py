"""Five calls at two listeners: inside the app, and a listener of the companion's own on loopback."""
