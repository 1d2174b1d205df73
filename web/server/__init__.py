"""uvicorn, within bounds of ours."""
