"""The page of a scenario: its handlers are those of `playground/scenarios/python`."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from django.http import HttpRequest, HttpResponseNotAllowed
from django.http.response import HttpResponseBase
from django.template.loader import render_to_string
from django.urls import URLPattern, path

sys.path.append(str(Path(__file__).resolve().parents[3] / "scenarios" / "python"))

from hosts.django_routes import answer, counted
from scenario import Points, Routes, routes_of

__all__ = ["COOKIE_NOT_SET", "POINTS", "STAGED", "counted"]

POINTS = Points()


@dataclass(frozen=True)
class Staged:
    #: Of the scenario: it is the page's, too.
    id: str
    TITLE: str
    SYMPTOM: str
    #: Where to look in the panel, as HTML.
    look: str
    #: What is said between what the page shows and its buttons.
    says: str = ""
    #: Each sends requests: one as a form does, several at once from the page, each so many ms after the press.
    buttons: dict[str, list[tuple[str, int]]] = field(default_factory=dict)
    #: The link that shows the page again.
    again: str = ""
    #: The module with its handlers, where it is not the one of its id.
    module: str = ""

    @property
    def PATH(self) -> str:
        return f"/problems/{self.id}/"

    @property
    def urlpatterns(self) -> list[URLPattern]:
        routes = routes_of(self.module or self.id, is_fixed=False)
        below = {sent.split(" /")[1] for sent in routes}
        return [path(each, self._view(routes, each)) for each in sorted(below)]

    def _view(self, routes: Routes, below: str) -> Callable[[HttpRequest], HttpResponseBase]:
        def view(request: HttpRequest) -> HttpResponseBase:
            sent = f"{request.method} /{below}"
            if sent not in routes:
                return HttpResponseNotAllowed(["GET" if request.method == "POST" else "POST"])
            page = {"problem": self, "actions": self._actions()}
            return answer(
                routes[sent],
                request,
                POINTS,
                sent=sent,
                home=self.PATH,
                page=lambda text: render_to_string("demo/problem.html", {**page, "text": text}, request),
            )

        return view

    def _actions(self) -> list[dict[str, object]]:
        """What its buttons send, with whole paths."""
        actions = []
        for label, sends in self.buttons.items():
            requests = []
            for sent, wait_ms in sends:
                method, below = sent.split(" /")
                requests.append([method, self.PATH + below, wait_ms])
            (method, to, _), *more = requests
            actions.append({"label": label, "method": method, "to": to, "burst": json.dumps(requests) if more else ""})
        return actions


COOKIE_NOT_SET = Staged(
    id="cookie-not-set",
    TITLE="Cookie never set",
    SYMPTOM="each request starts a new session",
    again="Reload: it is still the first, unless another page gave you a cookie",
    look="<i>Record</i> saved, and <i>Exchange</i> says why the browser refuses the cookie: its domain is another "
    "host&rsquo;s.",
)

#: In the order of the list.
STAGED = {
    problem.id: problem
    for problem in (
        Staged(
            id="lost-update",
            TITLE="Lost update",
            SYMPTOM="my cart lost an item",
            says="One request adds a pot, another stores a coupon, both at once. The second never changes the cart.",
            buttons={"Send both": [("POST /items", 0), ("POST /coupon", 15)]},
            again="Look at the cart: the pot is gone",
            look="two overlapping bars. Both <b>load</b> the same record; the later <b>save</b> writes its older copy "
            "back.",
        ),
        COOKIE_NOT_SET,
        Staged(
            id="nested-not-saved",
            TITLE="Nested change not saved",
            SYMPTOM="I appended it, and it is not there",
            buttons={"Append a tag": [("POST /", 0)], "Append one and say so": [("POST /in-time/", 0)]},
            look="<b>set</b> <code>tags[1]</code>, <i>inferred</i>, and <i>not saved</i>: <code>modified</code> was "
            "never set.",
        ),
        Staged(
            id="session-interrupted",
            module="logout-undone",
            TITLE="Saving after a logout",
            SYMPTOM="a 400 now and then, SessionInterrupted",
            says="An autosave takes its time; the logout comes while it runs.",
            buttons={
                "Log in": [("POST /login", 0)],
                "Autosave, and log out meanwhile": [("POST /autosave", 0), ("POST /logout", 60)],
            },
            again="Are you logged out?",
            look="the <b>flush</b>, and after it a <b>save</b> that failed: Django writes no session back that was "
            "deleted.",
        ),
        Staged(
            id="server-error",
            TITLE="Lost with an error",
            SYMPTOM="the error page forgot what the user typed",
            buttons={"Store a draft and fail": [("POST /", 0)]},
            again="Look for the draft: it is gone",
            look="<i>not saved</i>: the response was a 503, and Django saves no session with a server error.",
        ),
        Staged(
            id="streaming",
            TITLE="Stored while streaming",
            SYMPTOM="the download is never counted",
            buttons={"Download": [("GET /download", 0)]},
            again="Come back from it: none was counted",
            look="the <b>set</b> stands after the decision: the generator ran when the session had been saved.",
        ),
        Staged(
            id="unfit-value",
            TITLE="A value that can't be stored",
            SYMPTOM="TypeError: Object of type Order is not JSON serializable",
            buttons={"Store an order": [("POST /", 0)]},
            look="the <b>save</b> failed, and the verdict names the key and its type.",
        ),
    )
}
