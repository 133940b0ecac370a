"""Channels: one adapter module each, found through `bot.channels.registry`.

An adapter knows `bot.messages` and this package, and nothing else of the hub.
"""
