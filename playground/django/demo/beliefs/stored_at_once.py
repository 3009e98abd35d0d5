"""Assigning changes memory; the record is written once, when the response leaves."""

import time

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path

PATH = "/beliefs/stored-at-once/"
SAYS = "A set is stored at once."


def show(request: HttpRequest) -> HttpResponse:
    return render(request, "demo/stored_at_once.html", {"says": SAYS, "note": request.session.get("notes", 0) + 1})


def write(request: HttpRequest) -> HttpResponse:
    request.session["notes"] = int(request.GET.get("note", "1"))
    time.sleep(1)
    return HttpResponse("done, and only now it is saved")


def read(request: HttpRequest) -> HttpResponse:
    is_there = str(request.session.get("notes")) == request.GET.get("note")
    return HttpResponse("it is there" if is_there else "it is not there")


urlpatterns = [path("", show), path("write", write), path("read", read)]
