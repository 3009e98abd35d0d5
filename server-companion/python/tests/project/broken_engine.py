from django.contrib.sessions.backends.db import SessionStore as Database

ERROR = OSError("the store is down")


class SessionStore(Database):
    def load(self):
        raise ERROR

    def _get_session(self, no_load=False):
        self._session_cache = self.load()

    _session = property(_get_session)
