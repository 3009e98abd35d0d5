from scenario import Answer, Context, Routes

#: By weekday, hour and minute.
OPENS = {5: (9, 30)}


def store(context: Context) -> Answer:
    context.session["at"] = OPENS
    return Answer("ok")


def read(context: Context) -> Answer:
    return Answer("as it was" if context.session["at"] == OPENS else "another type")


def store_what_json_has(context: Context) -> Answer:
    context.session["at"] = {str(day): list(time) for day, time in OPENS.items()}
    return Answer("ok")


def read_what_json_has(context: Context) -> Answer:
    at = {int(day): tuple(time) for day, time in context.session["at"].items()}
    return Answer("as it was" if at == OPENS else "another type")


ROUTES: Routes = {"GET /": store, "GET /at": read}
FIXED: Routes = {"GET /": store_what_json_has, "GET /at": read_what_json_has}
