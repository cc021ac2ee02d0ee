"""Workflow runs and their artifacts."""

from __future__ import annotations

from .. import view_actions
from ..state import Artifact, Run
from ..wording import Refused, Reply, error, not_found
from . import Call, operation, page_of


def _run(call: Call) -> Run:
    run = call.repository.runs.get(call.path["run_id"])
    if run is None:
        raise not_found()
    return run


def _artifact(call: Call) -> Artifact:
    artifact = call.repository.artifacts.get(call.path["artifact_id"])
    if artifact is None:
        raise not_found()
    return artifact


@operation("actions/get-workflow-run")
def get_run(call: Call) -> Reply:
    return Reply(200, view_actions.run(call.view, call.repository, _run(call)))


@operation("actions/list-workflow-run-artifacts")
def list_artifacts(call: Call) -> Reply:
    run, name = _run(call), call.query.get("name")
    found = [a for a in call.repository.artifacts.values() if a.run is run and name in (None, a.name)]
    some, headers = page_of(call, found)
    shown = [view_actions.artifact(call.view, call.repository, artifact) for artifact in some]
    return Reply(200, {"total_count": len(found), "artifacts": shown}, headers)


@operation("actions/get-artifact")
def get_artifact(call: Call) -> Reply:
    return Reply(200, view_actions.artifact(call.view, call.repository, _artifact(call)))


@operation("actions/download-artifact")
def download_artifact(call: Call) -> Reply:
    """A link that lives a minute and needs no token; sending one there is a leak, which the download reports."""
    artifact = _artifact(call)
    if call.path["archive_format"] != "zip":
        raise not_found()
    if artifact.expired:
        raise Refused(error(410, "Artifact has expired"))
    return Reply(302, None, {"Location": f"{call.view.html}/_download/{call.repository.id}/{artifact.id}"})
