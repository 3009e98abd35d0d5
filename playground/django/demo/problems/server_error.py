"""Django saves no session with a response of 500 and above."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path

PATH = "/problems/server-error/"
TITLE = "Lost with an error"
SYMPTOM = "the error page forgot what the user typed"


def show(request: HttpRequest) -> HttpResponse:
    if request.method == "POST":
        request.session["draft"] = "half a sentence"
        return render(request, "demo/server_error.html", {"draft": request.session["draft"]}, status=503)
    return render(request, "demo/server_error.html", {"draft": request.session.get("draft")})


urlpatterns = [path("", show)]
