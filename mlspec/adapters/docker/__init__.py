"""The Docker Engine: images, and the targets that run containers."""
