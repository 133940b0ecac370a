"""What the hub may say: where it comes from, who verifies it, and how it is found."""
