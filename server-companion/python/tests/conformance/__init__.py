"""One suite for every session library that is observed: what a subject can't do says why, and the docs list it."""
