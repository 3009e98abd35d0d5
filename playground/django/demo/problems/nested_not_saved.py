"""Problem 5: Django sees keys that are assigned, not what changes inside a value."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path

PATH = "/problems/nested-not-saved/"
TITLE = "Nested change not saved"
SYMPTOM = "I appended it, and it is not there"


def show(request: HttpRequest) -> HttpResponse:
    if request.method == "POST":
        tags = request.session["tags"]
        tags.append(f"unseen {len(tags)}")
        return HttpResponseRedirect(PATH)
    tags = request.session.setdefault("tags", ["first"])
    return render(request, "demo/nested_not_saved.html", {"tags": tags})


def in_time(request: HttpRequest) -> HttpResponse:
    tags = request.session["tags"]
    tags.append(f"seen {len(tags)}")
    request.session.modified = True
    return HttpResponseRedirect(PATH)


urlpatterns = [path("", show), path("in-time/", in_time)]
