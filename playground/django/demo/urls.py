from django.urls import include, path

from . import views
from .beliefs import BELIEFS
from .problems import PROBLEMS

urlpatterns = [
    path("", views.index),
    path("set_session/", views.set_session),
    path("get_session/", views.get_session),
    path("login/", views.log_in),
    path("logout/", views.log_out),
    path("cart/", views.cart),
    path("cart/add/", views.add_to_cart),
    path("cart/more/", views.more_of_it),
    path("cart/remove/", views.remove_from_cart),
    path("form/", views.form),
    path("expiry/", views.expiry),
    path("slow/", views.slow),
    *(path(belief.PATH.lstrip("/"), include(belief.urlpatterns)) for belief in BELIEFS),
    *(path(problem.PATH.lstrip("/"), include(problem.urlpatterns)) for problem in PROBLEMS),
]
