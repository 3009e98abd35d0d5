from scenario import Answer, Context, Routes


def show(context: Context) -> Answer:
    tags = context.session.get("tags")
    if tags is None:
        tags = context.session["tags"] = ["first"]
    return Answer(context.page(f"Tags: {', '.join(tags)}."))


def append(context: Context) -> Answer:
    tags = context.session["tags"]
    tags.append(f"unseen {len(tags)}")
    return Answer(status=303, location=context.home)


def assign_again(context: Context) -> Answer:
    tags = context.session["tags"]
    context.session["tags"] = [*tags, f"seen {len(tags)}"]
    return Answer(status=303, location=context.home)


ROUTES: Routes = {"GET /": show, "POST /": append, "POST /in-time/": assign_again}
FIXED: Routes = {"POST /": assign_again}
