"""Talking with one person: channels in and out, conversation, commands, safety."""
