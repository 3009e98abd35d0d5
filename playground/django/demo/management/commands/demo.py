"""`manage.py demo [address]`: makes the tables and serves the demo."""

import os
from typing import Any

from django.core.management import BaseCommand, CommandParser, call_command
from django.db import connection


class Command(BaseCommand):
    help = "Makes the tables and serves the demo."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("address", nargs="?", default="127.0.0.1:8000")
        parser.add_argument("--noreload", action="store_false", dest="reload")

    def handle(self, *args: Any, **options: Any) -> None:
        schema = os.environ.get("DEMO_SCHEMA")
        if schema:
            with connection.cursor() as cursor:
                cursor.execute(f"create schema if not exists {connection.ops.quote_name(schema)}")
        call_command("migrate", verbosity=0)
        # The reloader imports this again and would make the tables twice: that changes nothing.
        call_command("runserver", options["address"], use_reloader=options["reload"])
