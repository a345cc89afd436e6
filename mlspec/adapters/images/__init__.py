"""Images on a Docker engine: built, found, pushed, pulled, and what is in them."""
