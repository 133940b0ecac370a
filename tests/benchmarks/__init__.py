"""`make bench`: how fast the hub is, each figure beside a plain baseline of the same run.

Not collected by pytest: figures of a busy machine prove nothing, their ratios do.
"""
