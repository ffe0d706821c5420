"""Slack: heard here, spoken to from here. Only this package knows slack_*."""
