from scenario import Answer, Context, Routes


def show(context: Context) -> Answer:
    visits = context.session["visits"] = context.session.get("visits", 0) + 1
    return Answer(context.page(f"Visits, says the session: {visits}."))


ROUTES: Routes = {"GET /": show}
#: It lies in the settings.
FIXED: Routes = {}
