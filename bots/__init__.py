"""What hears and says: the platforms, and the command that starts them."""
