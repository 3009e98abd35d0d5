"""What newcomers believe of sessions, a module each: PATH, SAYS and urlpatterns."""

from . import any_object, delete_logs_out, never_expires, place_for_secrets, stored_at_once

BELIEFS = (stored_at_once, any_object, delete_logs_out, place_for_secrets, never_expires)
