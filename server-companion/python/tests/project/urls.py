from __future__ import annotations

import contextlib

from django.urls import path

from . import views

with contextlib.suppress(ImportError):
    # Written and changed by the test of the reloader.
    import reloaded_by_a_test  # noqa: F401

urlpatterns = [
    path("set/", views.set_session),
    path("get/", views.get_session),
    path("untouched/", views.untouched),
    path("nested/", views.nested),
    path("nested-marked/", views.nested_marked),
    path("methods/", views.methods),
    path("clear/", views.clear),
    path("flush/", views.flush),
    path("cycle/", views.cycle),
    path("expiry/", views.expiry),
    path("error/", views.error),
    path("missing/", views.missing),
    path("saved-error/", views.saved_error),
    path("unfit/", views.unfit),
    path("interrupted/", views.interrupted),
    path("login/", views.log_in),
    path("message/", views.message),
    path("template/", views.template),
    path("streaming/", views.streaming),
    path("secret/", views.secret),
    path("canary/", views.canary),
    path("huge/", views.huge),
    path("says/<str:key>/", views.says),
    path("elsewhere/", views.elsewhere),
    path("async/", views.asynchronous),
    path("slow/", views.slow),
    path("user/", views.user),
    path("moved/", views.moved),
    path("created/", views.created),
    path("rows/", views.rows),
    path("int-keys/", views.int_keys),
    path("loaded-again/", views.loaded_again),
    path("logout/", views.log_out),
    path("cleared-cache/", views.cleared_cache),
    path("async-first/", views.async_first),
    path("async-caught/", views.async_caught),
]
