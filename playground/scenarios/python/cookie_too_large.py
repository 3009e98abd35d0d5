import random

from scenario import Answer, Context, Routes

#: The same each time, and nothing that a library which compresses makes smaller.
ROWS = random.Random(1).randbytes(4_000).hex()


def store(context: Context) -> Answer:
    context.session["rows"] = ROWS
    return Answer("stored")


def store_their_id(context: Context) -> Answer:
    """The rows belong into a database; the session names them."""
    context.session["rows"] = 4711
    return Answer("stored")


def read(context: Context) -> Answer:
    return Answer("none" if context.session.get("rows") is None else "there")


ROUTES: Routes = {"POST /rows": store, "GET /rows": read}
FIXED: Routes = {"POST /rows": store_their_id}
