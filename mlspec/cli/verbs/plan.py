"""`mlspec plan`: what apply would do, and because of which line."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mlspec.cli.console import console
from mlspec.cli.planfile import save
from mlspec.cli.session import know_chains, look, write_document
from mlspec.cli.show import plan_markdown, plan_text
from mlspec.cli.wiring import RealPorts
from mlspec.errors import EXIT_CHANGES, EXIT_DONE


def run(*, models: Sequence[str], env: str, files: Mapping[str, str], options: Mapping[str, Any]) -> int:
    """Show the plan, and write it where it was asked for; changes nothing."""
    ports = RealPorts(Path.cwd(), jobs=options["jobs"])
    know_chains(ports)
    plan = look(ports, models, env, offline=options["offline"]).plan
    if files["out"]:
        save(plan, files["out"], models, env)
    if files["json"]:
        write_document(json.dumps(plan.to_json(), indent=2, ensure_ascii=False), files["json"])
    if files["markdown"]:
        write_document(plan_markdown(plan), files["markdown"])
    if "-" not in {files["json"], files["markdown"], files["out"]}:
        console.out(plan_text(plan, console))
    return EXIT_CHANGES if options["detailed"] and plan.actions else EXIT_DONE
