"""The page in a notebook's cell, and its player from Python: an anywidget that gets every file from the kernel."""
