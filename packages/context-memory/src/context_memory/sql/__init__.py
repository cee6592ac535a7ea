"""Sessions and contents in SQL databases: SQLite and PostgreSQL."""
