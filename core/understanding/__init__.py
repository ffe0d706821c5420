"""What words mean, without a model: dates, and English commands."""
