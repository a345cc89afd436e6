"""Images: built from a version's registered bytes, remembered in the project's chain, found again for deployments."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from tempfile import TemporaryDirectory

from mlspec.domain.actual import Rollout
from mlspec.domain.desired import DesiredDeployment, DesiredModel, Site
from mlspec.domain.image import Image, image_tag, serve_digest
from mlspec.domain.plan import Action
from mlspec.domain.record import VersionRecord
from mlspec.ports.images import ImageOrder, Images
from mlspec.reconciler.context import context_files
from mlspec.reconciler.logbook import Logbook
from mlspec.reconciler.ports import Ports
from mlspec.reconciler.report import Report
from mlspec.reconciler.stores import in_registry
from mlspec.reconciler.versions import Versions
from mlspec.reconciler.world import World


@dataclass(slots=True)
class Builder:
    """Builds and finds the images of one look at the world."""

    ports: Ports
    world: World
    log: Logbook
    versions: Versions
    report: Report
    made: dict[tuple[Site, str], Image] = field(default_factory=dict)
    """(site, serve digest) → the image, of those that were built or found on the way"""

    def build(self, action: Action, wanted: DesiredDeployment, version: str) -> Image:
        """Build a version's image, push it where there is a registry, and remember it with what is in it."""
        model = self.world.model(action.model)
        record = self.versions.served(model.blueprint, version)
        site = self._site(wanted)
        images = self._images(site)
        with self._order(model, wanted, record) as order:
            image = images.build(order, self.report.output)
        return self._keep(action, site, image, record)

    def image(self, action: Action, wanted: DesiredDeployment, version: str) -> Image:
        """The image of a deployment, on its engine; built here and now where nobody has it any more."""
        record = self.versions.served(self.world.blueprint(action.model), version)
        site = self._site(wanted)
        known = self._known(site, self.world.model(action.model), record)
        if known is None or not self._images(site).bring(known, self.report.output):
            return self.build(action, wanted, version)
        if known.serve not in self.versions.history(action.model).images and (site, known.serve) not in self.made:
            return self._keep(action, site, known, record)  # a run died between the build and the record of it
        return known

    def _known(self, site: Site, model: DesiredModel, record: VersionRecord) -> Image | None:
        serve, registry = serve_digest(model.recipe, record), self.world.bundle.project.registry
        made = [image for (where, name), image in self.made.items() if name == serve and (registry or where == site)]
        if made:
            return made[-1]
        recorded = self.versions.history(model.name).images.get(serve)
        if registry:
            return recorded if recorded and in_registry(recorded, registry) else None
        # Labels can be copied; the id of what was built can't. Another engine has built its own, under another id.
        if recorded and _is_an_id(recorded.reference) and self._images(site).bring(recorded, self.report.output):
            return recorded
        return self._images(site).known().get(serve)

    def _keep(self, action: Action, site: Site, image: Image, record: VersionRecord) -> Image:
        """The bill of materials first: what is recorded is complete."""
        self.log.billed(action, image, record, self._images(site).bom(image))
        self.log.built(action, image, record)
        self.made[site, image.serve] = image
        return image

    @contextmanager
    def _order(self, model: DesiredModel, wanted: DesiredDeployment, record: VersionRecord) -> Iterator[ImageOrder]:
        """What shall be built; the model's files are there as long as the context lasts."""
        project = self.world.bundle.project
        serve = serve_digest(model.recipe, record)
        files = context_files(self.ports, self.world, model, wanted, record)
        with TemporaryDirectory(prefix="mlspec-build-") as folder:
            bundle = f"{folder}/model"
            self.ports.pipeline.materialise(record.files, bundle)
            yield ImageOrder(
                serve=serve,
                tag=image_tag(project.registry or project.name, record, serve),
                files=files,
                bundle=bundle,
                labels=self._labels(model, record, serve),
                registry=project.registry,
                fresh=_is_new(wanted, self._rollouts(model.name)),
            )

    def _labels(self, model: DesiredModel, record: VersionRecord, serve: str) -> Mapping[str, str]:
        """Nothing in them depends on the machine or the clock that builds."""
        commit = self.versions.commit(model.name, record.version)
        created = datetime.fromtimestamp(self.ports.git.commit_time(commit), UTC)
        said = {subject.name: subject.value for subject in model.blueprint.describe}
        owners = said.get("owners")
        standard = {
            "title": model.name,
            "description": str(said.get("description") or f"The model {model.name}"),
            "authors": ", ".join(map(str, owners)) if isinstance(owners, list | tuple) else "",
            "version": record.version,
            "revision": commit,
            "created": created.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "source": self.ports.git.origin_url() or model.blueprint.path,
        }
        own = {
            "project": self.world.bundle.project.name,
            "model": model.name,
            "version": record.version,
            "serve": serve,
            "artefact": record.artefact_digest,
            "spec": model.blueprint.path,
        }
        labels = {f"org.opencontainers.image.{name}": value for name, value in standard.items() if value}
        return labels | {f"io.mlspec.{name}": value for name, value in own.items()}

    def _rollouts(self, model: str) -> list[Rollout]:
        return [last for place, last in self.world.actual.rollouts.items() if place.model == model]

    def _site(self, wanted: DesiredDeployment) -> Site:
        return self.world.bundle.project.sites[wanted.environment]

    def _images(self, site: Site) -> Images:
        return self.ports.images(site, self.world.bundle.project.name)


def _is_an_id(reference: str) -> bool:
    return reference.startswith("sha256:")


def _is_new(wanted: DesiredDeployment, rollouts: list[Rollout]) -> bool:
    """Whether the spec asks for a fresh base since anything of the model was rolled out."""
    refresh = wanted.serve.get("image.refresh")
    return refresh is not None and all(last.serve.get("image.refresh") != refresh for last in rollouts)
