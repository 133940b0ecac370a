"""The staff console: the frame that every page is built on, and the pages below `/console`."""
