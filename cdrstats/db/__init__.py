"""The one door to PostgreSQL: engines, the embedded server, the schema and its migrations."""
