"""Five calls behind two doors: inside the app, and a listener of the companion's own on loopback."""
