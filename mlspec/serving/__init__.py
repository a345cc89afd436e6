"""The model server; imports nothing of the rest of mlspec and is copied into images."""
