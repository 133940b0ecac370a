"""The people who sign in: organisations, staff, sessions, and the audit of what they did."""
