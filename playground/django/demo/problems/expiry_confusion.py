"""Problem 8: the clock starts again only when something is saved, whatever the user reads."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path

PATH = "/problems/expiry/"
TITLE = "Expiry confusion"
SYMPTOM = "logged out in the middle of work"

AGE_S = 30


def show(request: HttpRequest) -> HttpResponse:
    if request.method == "POST":
        request.session.set_expiry(AGE_S)
        return HttpResponseRedirect(PATH)
    return render(
        request, "demo/expiry_confusion.html", {"expiry": request.session.get("_session_expiry"), "age": AGE_S}
    )


urlpatterns = [path("", show)]
