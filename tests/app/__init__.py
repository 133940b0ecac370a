"""The web application, polling, Rasa's client and the command line."""
