"""Spec files → facts, blueprints and generated files: all that needs the specs themselves rather than a cache."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mlspec.compiler.adopting import newer_pins
from mlspec.compiler.blobs import blob_id
from mlspec.compiler.blueprint import blueprint
from mlspec.compiler.files import model_files, project_files, withdrawn_files
from mlspec.domain.desired import Blueprint, ProjectFacts, Site, Tracking
from mlspec.domain.notice import Channel
from mlspec.kinds.ci._pins import Newer
from mlspec.spec.load import Loaded, load
from mlspec.spec.notify import NotifySpec

Contents = Mapping[str, bytes]


def _channel(name: str, item: NotifySpec) -> Channel:
    return Channel(name, item.kind, item.when, item.url or "", item.command or "", item.repository or "")


class SpecCompiler:
    """Pure; `contents` are spec files by path. SpecError with every problem where there are any."""

    def __init__(self, project_name: str, folder: str = "") -> None:
        """`project_name` is the project's where its spec names none; `folder` where it lies in its repository."""
        self._name = project_name
        self._folder = folder

    def load(self, contents: Contents) -> Loaded:
        """The documents with their problems."""
        return load(contents, project_name=self._name, folder=self._folder)

    def project(self, contents: Contents, schedules: Sequence[str] = ()) -> ProjectFacts:
        """The project's facts; without a spec for it, its defaults. `schedules` are the models' own."""
        spec = self.load(contents).sound().project
        return ProjectFacts(
            name=spec.name,
            models=spec.layout.models,
            sites={name: Site(item.target, item.context or "") for name, item in spec.environments.items()},
            registry=spec.registry.images or "",
            generated={path: blob_id(content) for path, content in project_files(spec, ["any"], schedules).items()},
            withdrawn=withdrawn_files(spec),
            channels=tuple(_channel(name, item) for name, item in spec.notify.items()),
            budget=spec.budget,
            tracking=Tracking(spec.tracking.uri_env, spec.tracking.files) if spec.tracking else None,
        )

    def blueprints(self, contents: Contents) -> dict[str, Blueprint]:
        """Spec path → blueprint, of all models among the files."""
        loaded = self.load(contents).sound()
        return {
            model.path: blueprint(model, loaded.project, model_files(model.spec, loaded.project, model.path))
            for model in loaded.models
        }

    def newer_pins(self, contents: Contents, files: Contents, schedules: Sequence[str]) -> Newer:
        """What is newer in the project's `files`; nothing where anything else in them was edited, too."""
        return newer_pins(self.load(contents).sound().project, files, schedules)

    def of_project(self, contents: Contents, schedules: Sequence[str]) -> dict[str, bytes]:
        """What compile writes for the project."""
        return project_files(self.load(contents).sound().project, ["any"], schedules)

    def generated(self, contents: Contents, path: str) -> dict[str, bytes]:
        """What compile writes for the model of one file."""
        loaded = self.load(contents).sound()
        return next(model_files(model.spec, loaded.project, path) for model in loaded.models if model.path == path)
