"""Discord: hears by the gateway, speaks by REST."""
