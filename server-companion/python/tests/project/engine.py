from django.contrib.sessions.backends.db import SessionStore as Database


class ThirdPartyStore(Database):
    """Named otherwise than Django's: the salt of its records is its own."""

    def get(self, key, default=None):
        # Calls another of its own methods: one call of the app, not two.
        return self[key] if key in self else default  # noqa: SIM401


SessionStore = ThirdPartyStore
