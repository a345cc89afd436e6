"""What a person does with a clone of a project that has CI, whoever runs that."""

from __future__ import annotations

from e2e.project import Project


class Person:
    """Commits, pushes, pulls, and looks at origin."""

    project: Project

    def spec(self, *changes: str) -> None:
        """Change the model's spec (old, new, old, new…), compile and commit."""
        for old, new in zip(changes[::2], changes[1::2], strict=True):
            self.project.edit("specs/toy.yaml", old, new)
        self.project.mlspec("compile")
        self.project.commit(" -> ".join(changes[:2]))

    def publish(self) -> None:
        """Push the branch, as a person does."""
        self.project.git("push", "-q", "origin", "HEAD:main")

    def pull(self) -> None:
        """Learn what the runs pushed."""
        self.project.git("pull", "-q", "--ff-only", "--tags", "origin", "main")
        self.project.git("fetch", "-q", "origin", "+refs/mlspec/*:refs/mlspec/*")

    @property
    def refs(self) -> dict[str, str]:
        """What origin has."""
        lines = self.project.git("ls-remote", "--refs", "origin", "refs/heads/*", "refs/tags/*", "refs/mlspec/*")
        return {ref: oid for oid, ref in (line.split("\t") for line in lines.splitlines())}

    @property
    def tags(self) -> list[str]:
        """The tags that origin has."""
        return [ref.removeprefix("refs/tags/") for ref in self.refs if ref.startswith("refs/tags/")]
