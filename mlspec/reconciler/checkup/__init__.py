"""The checkup: facts about a machine and a project in, findings out. Pure; who looks is elsewhere."""
