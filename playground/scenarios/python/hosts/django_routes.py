"""A scenario's handler as a view of Django's."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.http.response import HttpResponseBase
from scenario import Context, Handler, Points


class SeeOther(HttpResponseRedirect):
    status_code = 303


def answer(
    handler: Handler,
    request: HttpRequest,
    points: Points,
    home: str,
    page: Callable[[str], str] = lambda text: text,
) -> HttpResponseBase:
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
