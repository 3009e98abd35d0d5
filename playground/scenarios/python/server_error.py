from typing import Any

from scenario import Answer, Context, Routes


def say(draft: Any) -> str:
    return "There is no draft." if draft == "" else f"Draft: {draft}."


def show(context: Context) -> Answer:
    draft = context.session.get("draft")
    if draft is None:
        draft = context.session["draft"] = ""
    return Answer(context.page(say(draft)))


def fail(context: Context) -> Answer:
    context.session["draft"] = "half a sentence"
    return Answer(context.page(say(context.session["draft"])), status=503)


def save_and_fail(context: Context) -> Answer:
    context.session["draft"] = "half a sentence"
    context.save()
    return Answer(context.page(say(context.session["draft"])), status=503)


ROUTES: Routes = {"GET /": show, "POST /": fail}
FIXED: Routes = {"POST /": save_and_fail}
