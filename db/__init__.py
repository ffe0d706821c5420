"""What is kept: rows, queries, migrations, the embedded server. Knows no model and no platform."""
