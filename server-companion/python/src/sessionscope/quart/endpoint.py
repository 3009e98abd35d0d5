"""The endpoint inside a Quart app: below the app's own code, so that no request of the panel's runs any of it."""

from __future__ import annotations

from typing import Any

from ..endpoint.inside import answer_asgi, is_for_endpoint, path_of
from ..observe.companion import Companion

_NO_STREAM = "The app was asked for the first time: the next call can be answered with a stream."


class EndpointInApp:
    """Answers calls before the app does.

    An interface does not know its app before the first request: from then on the app's `asgi_app` passes here. Where
    the first request is a call itself, the app runs once more for it, and its answer is replaced.
    """

    def __init__(self) -> None:
        self._apps: dict[int, Any] = {}

    def takes_over(self, app: Any, companion: Companion, scope: dict[str, Any]) -> bool:
        """Whether a request is a call that the app was given; from now on it gets none."""
        if id(app) not in self._apps:
            self._apps[id(app)] = app.asgi_app
            app.asgi_app = _Passing(app.asgi_app, companion)
        return scope["type"] == "http" and is_for_endpoint(path_of(scope)[1], companion.endpoint)


class _Passing:
    """The app's `asgi_app` as it was, but for calls to the endpoint."""

    def __init__(self, asgi_app: Any, companion: Companion) -> None:
        self.asgi_app = asgi_app
        self._companion = companion

    def __getattr__(self, name: str) -> Any:
        return getattr(self.__dict__["asgi_app"], name)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        endpoint = self._companion.endpoint
        if scope["type"] == "http":
            path = path_of(scope)[1]
            if is_for_endpoint(path, endpoint):
                await answer_asgi(endpoint, path, scope, receive, send)
                return
        await self.asgi_app(scope, receive, send)


async def replace_response(response: Any, request: Any, companion: Companion) -> None:
    """Makes the app's response the endpoint's answer."""
    body = bytearray()

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": await request.get_data()}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            response.status_code = message["status"]
            response.headers.clear()
            response.headers.extend([(name.decode(), value.decode()) for name, value in message["headers"]])
        else:
            body.extend(message.get("body", b""))

    await answer_asgi(companion.endpoint, path_of(request.scope)[1], request.scope, receive, send, _NO_STREAM)
    response.set_data(bytes(body))
