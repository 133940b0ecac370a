"""What carries the hub: keys, settings, database, loops, logs, migrations."""
