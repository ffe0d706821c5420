"""How people want Todd to be, and where they are."""
