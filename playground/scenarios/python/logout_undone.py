from scenario import Answer, Context, Routes


def show(context: Context) -> Answer:
    username = context.session.get("username")
    return Answer(context.page("Nobody is logged in." if username is None else f"Logged in as {username}."))


def log_in(context: Context) -> Answer:
    context.session["username"] = "john_doe"
    return Answer(status=303, location=context.home)


def autosave(context: Context) -> Answer:
    name = context.session.get("username", "nobody")
    context.reached("the autosave has loaded")
    context.until("POST /logout answered")
    context.session["draft"] = "half a sentence"
    return Answer(f"saved for {name}")


def log_out(context: Context) -> Answer:
    context.until("the autosave has loaded")
    context.end()
    return Answer("logged out")


def autosave_elsewhere(context: Context) -> Answer:
    """The draft belongs into the app's own database: nothing is written to a session that is held for long."""
    name = context.session.get("username", "nobody")
    context.reached("the autosave has loaded")
    context.until("POST /logout answered")
    return Answer(f"saved for {name}")


ROUTES: Routes = {"GET /": show, "POST /login": log_in, "POST /autosave": autosave, "POST /logout": log_out}
FIXED: Routes = {"POST /autosave": autosave_elsewhere}
