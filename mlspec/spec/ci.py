"""`ci:` the continuous integration that `compile` writes."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from mlspec.spec.pinned import ActionName, Commit, PinnedAction, PinnedImage, Release
from mlspec.spec.references import EnvironmentName, JobVariable, Reference
from mlspec.spec.several import Paths, RunnerLabels, Schedules
from mlspec.spec.values import (
    BranchName,
    Command,
    Duration,
    Flag,
    Integer,
    Name,
    OrEmpty,
    PythonVersion,
    RepositoryPath,
    Section,
    Text,
)

Job = Literal["plan", "candidate", "comment", "train", "publish", "deploy"]
WorkingJob = Literal["candidate", "train", "deploy"]


class StepSpec(Section):
    """A step of your own in a job: `run` or `uses`, `before` or `after` one of the job's own steps."""

    job: Literal["plan", "candidate", "train", "deploy"] = Field(description="The job.")
    name: Text = Field(description="What the step is called.")
    before: Name | None = Field(default=None, description="The step that it comes before, by id.")
    after: Name | None = Field(default=None, description="The step that it comes after, by id.")
    run: Command | None = Field(default=None, description="A script for bash. Values come to it by `env`.")
    uses: PinnedAction | None = Field(default=None, description="An action, pinned: `owner/name@COMMIT`.")
    release: Release | None = Field(default=None, description="With `uses`: the release that the commit is.")
    with_: dict[Text, Reference] = Field(default={}, alias="with", description="With `uses`: what it is told.")
    env: dict[JobVariable, Reference] = Field(default={}, description="The step's environment variables.")


class AwsSpec(Section):
    """A role of AWS that the job takes on by OIDC, without a key."""

    role: Reference = Field(description="The role's ARN.")
    region: Reference = Field(description="The region.")


class GcpSpec(Section):
    """An account of Google Cloud that the job takes on by OIDC, without a key."""

    provider: Reference = Field(description="The workload identity provider's whole name.")
    account: Reference = Field(description="The service account.")


class AzureSpec(Section):
    """An identity of Azure that the job takes on by OIDC, without a key."""

    client: Reference = Field(description="The client's id.")
    tenant: Reference = Field(description="The tenant's id.")
    subscription: Reference = Field(description="The subscription's id.")


class LoginSpec(Section):
    """A login by OIDC before a job's work."""

    jobs: tuple[WorkingJob, ...] = Field(
        default=("train", "deploy"), min_length=1, description="The jobs that log in: `candidate`, `train`, `deploy`."
    )
    aws: AwsSpec | None = Field(default=None, description="At AWS.")
    gcp: GcpSpec | None = Field(default=None, description="At Google Cloud.")
    azure: AzureSpec | None = Field(default=None, description="At Azure.")


class JobSpec(Section):
    """What is special about a job."""

    runs_on: RunnerLabels | None = Field(default=None, description="Its runner's label, or labels.")
    timeout: Duration | None = Field(default=None, description="When it is ended, such as `30m` or `6h`.")
    container: PinnedImage | None = Field(
        default=None,
        description="`plan`, `candidate`, `train`: an image to run in, pinned by digest; it has Python and git.",
    )
    env: dict[JobVariable, Reference] = Field(
        default={}, description="Not `comment` and `publish`: environment variables of the step that does the work."
    )


class PinSpec(Section):
    """A release of an action, by its commit."""

    commit: Commit = Field(description="The commit, in full.")
    release: Release = Field(description="The release that it is, such as `v7.0.1`.")


class MatrixSpec(Section):
    """Several train jobs at a time."""

    by: Literal["model"] = Field(default="model", description="`model`: a job for each model that is to be trained.")
    max_parallel: Annotated[Integer, Field(ge=1, le=256)] = Field(default=4, description="How many run at a time.")


class CiSpec(Section):
    """The continuous integration that `compile` writes."""

    providers: tuple[Literal["github", "gitlab"], ...] = Field(
        default=("github",), description="Whose workflows to write; `[]` for none."
    )
    branch: BranchName = Field(default="main", description="The branch that deployments follow.")
    requirements: RepositoryPath | None = Field(
        default=None, description="A lock file with hashes that installs mlspec in CI."
    )
    schedule: Schedules = Field(
        default=("23 3 * * *",),
        description="When to reconcile without a push, as cron in UTC, or several; `null` for never.",
    )
    runs_on: RunnerLabels | None = Field(
        default=None,
        description="The label, or labels, of the jobs' runner. Where left out, `ubuntu-24.04` on GitHub, and on "
        "GitLab any runner that takes jobs without tags.",
    )
    python: PythonVersion = Field(default="3.11", description="The Python version of every job.")
    image: PinnedImage | None = Field(
        default=None,
        description="With `gitlab`: the image of all jobs, pinned by digest; it has bash, git and Python. Where left "
        "out, the official one of `python`.",
    )
    file: RepositoryPath = Field(
        default=".gitlab-ci.yml",
        description="With `gitlab`: the file to write. Beside a `.gitlab-ci.yml` of your own name another one, such as "
        "`.gitlab/mlspec.yml`, and add `include: [{local: /.gitlab/mlspec.yml}]` to yours.",
    )
    tests: Command = Field(
        default="auto",
        description="The project's tests, run in pull requests: a command; `auto` is pytest where git has tests, "
        "`none` nothing.",
    )
    jobs: dict[Job, JobSpec] = Field(
        default={},
        description="What is special about a job. `plan` plans a pull request, `candidate` trains its models, "
        "`comment` writes the comment; `train` trains what the branch asks for, `publish` pushes it, `deploy` deploys.",
    )
    logins: tuple[LoginSpec, ...] = Field(default=(), description="Logins by OIDC before the jobs' work.")
    steps: tuple[StepSpec, ...] = Field(default=(), description="Steps of your own.")
    changed_only: Paths = Field(
        default=(),
        description="Run only where one of these paths changed, such as `src/**`; specs and mlspec's own files count "
        "always. Empty: at every push.",
    )
    train_on_pull_request: Flag = Field(
        default=False, description="Whether pull requests from the repository itself train, and show what came of it."
    )
    publish: Literal["push", "pull_request"] = Field(
        default="push",
        description="How what was trained comes to the branch. `pull_request`: for a branch that nobody may push to.",
    )
    matrix: Annotated[MatrixSpec, OrEmpty] | None = Field(default=None, description="Several train jobs at a time.")
    environments: dict[Name, EnvironmentName] = Field(
        default={},
        description="Environment → the forge's environment whose rules, such as approvals, hold for deploying there; "
        "where left out, the one of the same name.",
    )
    pins: dict[ActionName, PinSpec] = Field(
        default={}, description="Other releases of the actions that the workflows use."
    )
    folder: RepositoryPath | None = Field(
        default=None,
        description="The project's folder in a larger repository. mlspec finds it itself, so this may be left out; "
        "what is said here is checked.",
    )
    managed: Flag = Field(default=True, description="Whether `compile` keeps the workflows up to date.")
