from collections.abc import Iterator

from scenario import Answer, Context, Routes


def show(context: Context) -> Answer:
    return Answer(context.page(f"Downloads counted: {context.session.get('downloads', 0)}."))


def download(context: Context) -> Answer:
    def lines() -> Iterator[str]:
        yield "a line\n"
        context.session["downloads"] = context.session.get("downloads", 0) + 1
        yield "another\n"

    return Answer(lines())


def count_first(context: Context) -> Answer:
    context.session["downloads"] = context.session.get("downloads", 0) + 1
    return Answer(iter(["a line\n", "another\n"]))


ROUTES: Routes = {"GET /": show, "GET /download": download}
FIXED: Routes = {"GET /download": count_first}
