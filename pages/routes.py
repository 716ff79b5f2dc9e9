"""Routes: carriers or switches side by side, for each destination."""

from cdrstats.ui import bar, frame, routes

viewer = frame.require("routes")

with bar.row("Routes"):
    pass
asked = bar.asked(viewer, days=92)

bar.stop_without_calls(asked)
routes.page(asked)
