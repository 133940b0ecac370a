"""A crowd of made-up people with a past, for demonstrations and for measuring the console.

Nobody in it exists: numbers are such as no operator gives out, channels are the simulated ones, and
a database of real staff or real people is refused. The same seed makes the same people and acts;
only sealed values differ, since the vault never seals twice alike.
"""
