"""What answers: keeps what was heard, runs the model's tool loop. Knows no platform."""
