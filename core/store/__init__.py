"""The local database: tables, migrations and one module a subject."""
