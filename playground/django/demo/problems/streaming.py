"""A generator runs after the session has been saved: what it stores is lost."""

from collections.abc import Iterator

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.urls import path

PATH = "/problems/streaming/"
TITLE = "Stored while streaming"
SYMPTOM = "the download is never counted"


def show(request: HttpRequest) -> HttpResponse:
    return render(request, "demo/streaming.html", {"downloads": request.session.get("downloads", 0)})


def download(request: HttpRequest) -> StreamingHttpResponse:
    def lines() -> Iterator[str]:
        yield "a line\n"
        request.session["downloads"] = request.session.get("downloads", 0) + 1
        yield "another\n"

    return StreamingHttpResponse(lines(), content_type="text/plain")


urlpatterns = [path("", show), path("download", download)]
