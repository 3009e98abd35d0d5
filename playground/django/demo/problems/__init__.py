"""A module for each bug that the panel exists for: PATH, TITLE, SYMPTOM and urlpatterns."""

from . import (
    cookie_not_set,
    expiry_confusion,
    logout_undone,
    lost_update,
    nested_not_saved,
    server_error,
    streaming,
    unfit_value,
)

PROBLEMS = (
    lost_update,
    cookie_not_set,
    nested_not_saved,
    logout_undone,
    expiry_confusion,
    server_error,
    streaming,
    unfit_value,
)
