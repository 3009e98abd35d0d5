"""The endpoint inside a Flask app: below the app's own code, so that no request of the panel's runs any of it."""

from __future__ import annotations

from typing import Any

from ..endpoint.inside import answer_wsgi, is_for_endpoint
from ..observe.companion import Companion


class EndpointInApp:
    """Answers calls before the app does.

    An interface does not know its app before the first request: from then on the app's `wsgi_app` passes here. Where
    the first request is a call itself, the app runs once more for it, and its answer is replaced.
    """

    def __init__(self) -> None:
        self._apps: dict[int, Any] = {}

    def takes_over(self, app: Any, companion: Companion, environ: dict[str, Any]) -> bool:
        """Whether a request is a call that the app was given; from now on it gets none."""
        if id(app) not in self._apps:
            self._apps[id(app)] = app.wsgi_app
            app.wsgi_app = _Passing(app.wsgi_app, companion)
        return is_for_endpoint(environ.get("PATH_INFO", ""), companion.endpoint)


class _Passing:
    """The app's `wsgi_app` as it was, but for calls to the endpoint."""

    def __init__(self, wsgi_app: Any, companion: Companion) -> None:
        self.wsgi_app = wsgi_app
        self._companion = companion

    def __getattr__(self, name: str) -> Any:
        return getattr(self.__dict__["wsgi_app"], name)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        # Werkzeug's debugger leaves such a frame out.
        __traceback_hide__ = True
        endpoint = self._companion.endpoint
        if is_for_endpoint(environ.get("PATH_INFO", ""), endpoint):
            return answer_wsgi(endpoint, environ, start_response)
        return self.wsgi_app(environ, start_response)


def replace_response(response: Any, environ: dict[str, Any], companion: Companion) -> None:
    """Makes the app's response the endpoint's answer."""

    def start_response(status: str, headers: list[tuple[str, str]]) -> None:
        response.status = status
        response.headers.clear()
        response.headers.extend(headers)

    response.response = answer_wsgi(companion.endpoint, environ, start_response)
