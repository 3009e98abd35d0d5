from scenario import Answer, Context, Routes


class Order:
    def __init__(self, number: int) -> None:
        self.number = number


def show(context: Context) -> Answer:
    return Answer(context.page(f"Ordered by {context.session.get('buyer', 'nobody')}."))


def order(context: Context) -> Answer:
    context.session["buyer"] = "John"
    context.session["ordered"] = Order(4711)
    return Answer(status=303, location=context.home)


def order_by_number(context: Context) -> Answer:
    context.session["buyer"] = "John"
    context.session["ordered"] = Order(4711).number
    return Answer(status=303, location=context.home)


ROUTES: Routes = {"GET /": show, "POST /": order}
FIXED: Routes = {"POST /": order_by_number}
