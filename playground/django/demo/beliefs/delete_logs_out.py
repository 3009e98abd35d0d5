"""Deleting one key leaves the session, its key, its cookie and everything else in it."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path

PATH = "/beliefs/delete-logs-out/"
SAYS = "Deleting a key logs the user out."


def show(request: HttpRequest) -> HttpResponse:
    if request.method == "POST":
        request.session.update({"username": "john_doe", "role": "admin"})
        del request.session["username"]
        return HttpResponseRedirect(PATH)
    held = {"username": request.session.get("username"), "role": request.session.get("role")}
    return render(request, "demo/delete_logs_out.html", {"says": SAYS, **held})


def flush(request: HttpRequest) -> HttpResponse:
    request.session.flush()
    return HttpResponseRedirect(PATH)


urlpatterns = [path("", show), path("flush", flush)]
