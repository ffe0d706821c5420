"""Which tasks are meant, when they are due, and how they read."""
