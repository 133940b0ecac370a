"""The parts of Rasa's pipeline that we wrote ourselves. They know texts and labels, never a
person or a conversation.
"""
