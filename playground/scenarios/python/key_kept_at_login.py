from scenario import Answer, Context, Routes


def visit(context: Context) -> Answer:
    context.session["seen"] = True
    return Answer("ok")


def log_in(context: Context) -> Answer:
    context.session["user"] = "john"
    return Answer("logged in")


def log_in_with_a_new_key(context: Context) -> Answer:
    context.rotate()
    context.session["user"] = "john"
    return Answer("logged in")


def who(context: Context) -> Answer:
    return Answer(str(context.session.get("user")))


ROUTES: Routes = {"GET /": visit, "POST /login": log_in, "GET /who": who}
FIXED: Routes = {"POST /login": log_in_with_a_new_key}
