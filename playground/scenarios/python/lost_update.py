from functools import partial

from scenario import Answer, Context, Routes

TEA = {"sku": "TEA-01", "name": "Tea", "qty": 1}
POT = {"sku": "POT-03", "name": "Pot", "qty": 1}


def show(context: Context) -> Answer:
    cart = context.session.get("cart")
    if cart is None:
        cart = context.session["cart"] = {"currency": "EUR", "items": [TEA]}
    names = ", ".join(item["name"] for item in cart["items"])
    return Answer(context.page(f"In the cart: {names}."))


def add_item(context: Context, is_alone: bool = False) -> Answer:
    cart = context.session["cart"]
    if not is_alone:
        context.until("the coupon request has loaded")
    cart["items"].append(POT)
    context.session["cart"] = cart
    return Answer(f"cart has {len(cart['items'])}")


def add_coupon(context: Context, is_alone: bool = False) -> Answer:
    count = len(context.session["cart"]["items"])
    context.reached("the coupon request has loaded")
    if not is_alone:
        context.until("POST /items answered")
    context.session["coupon"] = "AUTUMN10"
    return Answer(f"cart has {count}")


ROUTES: Routes = {"GET /": show, "POST /items": add_item, "POST /coupon": add_coupon}
#: The page waits for the first answer before it asks for the second thing.
FIXED: Routes = {
    "POST /items": partial(add_item, is_alone=True),
    "POST /coupon": partial(add_coupon, is_alone=True),
}
