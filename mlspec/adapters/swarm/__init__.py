"""The swarm target: a service for each place on Docker's own engine for several hosts, behind a front of its own."""
