"""Tables of updates, approvals and deliveries."""
