"""What Todd says of his own accord: when, where, and in which words."""
