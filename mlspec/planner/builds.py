"""Which images are to be built before a version can run: one build for all environments that share their images."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from mlspec.domain.actual import Actual
from mlspec.domain.desired import DesiredDeployment, DesiredModel
from mlspec.domain.digest import short
from mlspec.domain.image import serve_digest
from mlspec.domain.plan import Action, ActionKind
from mlspec.domain.reason import Reason, ReasonKind
from mlspec.domain.record import VersionRecord


@dataclass(slots=True)
class Builds:
    """The builds of one model. `stores` is Desired.stores."""

    model: DesiredModel
    actual: Actual
    stores: Mapping[str, str]
    planned: dict[tuple[str, str], str] = field(default_factory=dict)
    """(store, version) → the id of the build that is planned for it"""

    def wanted(self, deployment: DesiredDeployment, version: str, record: VersionRecord | None) -> Action | None:
        """The build that has to come first; none where the image is there. Without a record it is not known yet."""
        if "image" not in deployment.serve:
            return None
        serve = serve_digest(self.model.recipe, record) if record else ""
        if serve in self.actual.images.get(deployment.environment, frozenset()):
            return None
        blueprint = self.model.blueprint
        # Line 1 is that of a spec that says nothing of serving: then it is the environment that asks for an image.
        line = deployment.lines.get("image", 1)
        where = blueprint.where(line if line > 1 else deployment.line)
        because = Reason(ReasonKind.IMAGE_MISSING, short(serve) if serve else "image", where=where)
        return Action(ActionKind.BUILD, self.model.name, deployment.environment, version, (because,))

    def claim(self, build: Action) -> bool:
        """Whether this is the build to plan; where another one gives the same image, it is not."""
        return self.planned.setdefault(self._key(build), build.id) == build.id

    def of(self, build: Action) -> str:
        """The id of the build that gives the image."""
        return self.planned[self._key(build)]

    def _key(self, build: Action) -> tuple[str, str]:
        return self.stores.get(build.environment, ""), build.version
