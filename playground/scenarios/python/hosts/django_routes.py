"""A scenario's handlers as views of Django's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.http.response import HttpResponseBase
from scenario import Context, Handler, Points


class SeeOther(HttpResponseRedirect):
    status_code = 303


def answer(
    handler: Handler,
    request: HttpRequest,
    points: Points,
    *,
    sent: str,
    home: str,
    page: Callable[[str], str] = lambda text: text,
) -> HttpResponseBase:
    """What a handler answers. `sent`: how the scenario names this request, `POST /cart`."""
    points.begin()
    request.answers_scenario = sent  # type: ignore[attr-defined]
    session = request.session
    given = handler(
        Context(
            session=session,
            save=session.save,
            rotate=session.cycle_key,
            end=session.flush,
            home=home,
            page=page,
            reached=points.reached,
            until=points.until,
        )
    )
    if given.location is not None:
        return SeeOther(given.location)
    if isinstance(given.body, str):
        return HttpResponse(given.body, status=given.status)
    return StreamingHttpResponse(given.body, content_type="text/plain")


def counted(points: Points) -> Callable[[Any], Any]:
    """A middleware, outside of every other one: with its answer the session has been saved."""

    def factory(get_response: Any) -> Any:
        def middleware(request: HttpRequest) -> HttpResponseBase:
            try:
                response: HttpResponseBase = get_response(request)
                return response
            finally:
                sent = request.__dict__.get("answers_scenario")
                if sent is not None:
                    points.end(sent)

        return middleware

    return factory
