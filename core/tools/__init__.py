"""What Todd can do: one file a tool."""
