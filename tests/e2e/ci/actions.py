"""Small stand-ins for the actions that workflows use: what each of them does here, and nothing else."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from e2e.ci.forge import TOKEN

CHECKOUT: Final = """\
name: checkout
inputs:
  ref: {default: ""}
  fetch-depth: {default: "1"}
  persist-credentials: {default: "true"}
runs:
  using: composite
  steps:
    - shell: bash
      env:
        REF: ${{ inputs.ref }}
        DEPTH: ${{ inputs.fetch-depth }}
        PERSIST: ${{ inputs.persist-credentials }}
        MERGED: ${{ github.ref }}
      run: |
        test "$DEPTH" = 0 && test "$PERSIST" = false
        shopt -s dotglob
        rm -rf -- ./*
        git init --quiet --initial-branch=nothing-yet
        git remote add origin "$GITHUB_SERVER_URL/$GITHUB_REPOSITORY"
        auth="AUTHORIZATION: basic $(printf 'x-access-token:%s' "$TEST_TOKEN" | base64 --wrap=0)"
        get() { git -c http.extraHeader="$auth" fetch --quiet --no-auto-gc origin "$@"; }
        get '+refs/heads/*:refs/remotes/origin/*' '+refs/tags/*:refs/tags/*'
        if [ -n "$REF" ]; then
          git checkout --quiet -B "$REF" --track "origin/$REF"
        else
          get "+$MERGED:refs/remotes/pull/merge"
          git checkout --quiet --detach refs/remotes/pull/merge
        fi
"""
SETUP_PYTHON: Final = """\
name: setup-python
inputs:
  python-version: {required: true}
  cache: {default: ""}
  cache-dependency-path: {default: ""}
runs:
  using: composite
  steps:
    - shell: bash
      run: echo "$TEST_PYTHON" >> "$GITHUB_PATH"
"""
UPLOAD: Final = """\
name: upload-artifact
inputs:
  name: {required: true}
  path: {required: true}
  if-no-files-found: {default: warn}
  retention-days: {default: "0"}
runs:
  using: composite
  steps:
    - shell: bash
      env:
        NAME: ${{ inputs.name }}
        FOLDER: ${{ inputs.path }}
      run: |
        test ! -e "$TEST_ARTIFACTS/$NAME"
        if [ -d "$FOLDER" ]; then cp -r "$FOLDER" "$TEST_ARTIFACTS/$NAME"; fi
"""
DOWNLOAD: Final = """\
name: download-artifact
inputs:
  name: {default: ""}
  pattern: {default: ""}
  path: {required: true}
runs:
  using: composite
  steps:
    - shell: bash
      env:
        NAME: ${{ inputs.name }}
        PATTERN: ${{ inputs.pattern }}
        FOLDER: ${{ inputs.path }}
      run: |
        mkdir -p "$FOLDER"
        if [ -n "$NAME" ]; then cp -r "$TEST_ARTIFACTS/$NAME/." "$FOLDER"; fi
        if [ -n "$PATTERN" ]; then
          cd "$TEST_ARTIFACTS"
          for found in $PATTERN; do cp -r "$found" "$FOLDER/$found"; done
        fi
"""
STUBS: Final[Mapping[str, str]] = {
    "actions/checkout": CHECKOUT,
    "actions/setup-python": SETUP_PYTHON,
    "actions/upload-artifact": UPLOAD,
    "actions/download-artifact": DOWNLOAD,
}


def write_stubs(folder: Path) -> dict[str, Path]:
    """Action → the folder of its stand-in."""
    found = {}
    for action, text in STUBS.items():
        found[action] = folder / action.replace("/", "-")
        found[action].mkdir(parents=True)
        (found[action] / "action.yml").write_text(text)
    return found


PYTHON: Final = """\
#!/bin/sh
# Python with mlspec in it, as an index of packages would give it; pip itself takes seconds to find that out
if [ "$1 $2 $3" = "-P -m pip" ]; then
  case "$*" in *" mlspec=="*) exit 0 ;; *) exit 1 ;; esac
fi
exec {python} "$@"
"""


def write_python(folder: Path) -> None:
    """What setup-python puts on PATH."""
    folder.mkdir(parents=True)
    (folder / "python").write_text(PYTHON.format(python=sys.executable))
    (folder / "python").chmod(0o755)
    (folder / "mlspec").symlink_to(Path(sys.executable).with_name("mlspec"))


def write_bash_env(base: Path) -> None:
    """Every bash reads this first. act empties a step's summary with the next step: here they are kept, by job."""
    (base / "bash.env").write_text(f'export GITHUB_STEP_SUMMARY="{base}/summaries/$GITHUB_JOB"\n')


def variables(base: Path, python: Path) -> dict[str, str]:
    """What the stand-ins need to know."""
    return {
        "TEST_TOKEN": TOKEN,
        "TEST_PYTHON": str(python),
        "TEST_ARTIFACTS": str(base / "artifacts"),
        "BASH_ENV": str(base / "bash.env"),
    }
