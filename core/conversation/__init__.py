"""From an event's message to a turn, and from a reply to its post."""
