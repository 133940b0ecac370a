"""What carries the parts: configuration, database, keys, staff, command line, web application."""
