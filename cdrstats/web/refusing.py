"""How our routes say no: a sentence, as JSON."""

from starlette.responses import JSONResponse, Response

SILENT = "The database does not answer."


def refused(sentence: str, status: int) -> Response:
    """Why something is not answered."""
    return JSONResponse({"error": sentence}, status_code=status)
