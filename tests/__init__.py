"""What the house promises, told as behaviour."""
