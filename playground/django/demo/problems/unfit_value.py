"""Only what JSON can hold can be stored; anything else is an error at the end of the request."""

import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path

PATH = "/problems/unfit-value/"
TITLE = "A value that can't be stored"
SYMPTOM = "TypeError: Object of type date is not JSON serializable"


def show(request: HttpRequest) -> HttpResponse:
    if request.method == "POST":
        request.session["since"] = datetime.date(2026, 3, 1)
    return render(request, "demo/unfit_value.html")


urlpatterns = [path("", show)]
