"""DVC in process: the only place that knows its insides, and why its version is pinned.

DVC promises no stable Python interface. What is used of it here is little and listed: `Repo` (reproduce, status,
stages, cache and remotes), `dvc.stage.run._run` (replaced, see command.py) and `dvc_data`'s transfer and checkout.
One process may hold one call at a time (the current directory and DVC's loggers are set around each call); several
processes may work on one repository at once.
"""
