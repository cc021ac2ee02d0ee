"""Workflow runs and artifacts in the REST interface's form."""

from __future__ import annotations

from typing import Any

from .state import Artifact, Repository, Run
from .views import View, node

Json = dict[str, Any]


def artifact(view: View, repository: Repository, artifact: Artifact) -> Json:
    """`artifact`."""
    url = f"{view.repo_url(repository)}/actions/artifacts/{artifact.id}"
    return {
        "id": artifact.id,
        "node_id": node("MDg6QXJ0aWZhY3Q", artifact.id),
        "name": artifact.name,
        "size_in_bytes": len(artifact.content),
        "url": url,
        "archive_download_url": f"{url}/zip",
        "expired": artifact.expired,
        "created_at": artifact.created,
        "updated_at": artifact.created,
        "expires_at": artifact.created.replace("2026", "2027"),
        "workflow_run": {
            "id": artifact.run.id,
            "repository_id": repository.id,
            "head_repository_id": artifact.run.head_repository.id,
            "head_branch": artifact.run.head_branch,
            "head_sha": artifact.run.head_sha,
        },
    }


def run(view: View, repository: Repository, run: Run) -> Json:
    """`workflow-run`."""
    url = f"{view.repo_url(repository)}/actions/runs/{run.id}"
    head = run.head_repository.git.commit(run.head_sha)
    person = {"name": head.author.name, "email": head.author.email}
    return {
        "id": run.id,
        "name": run.name,
        "node_id": node("WFR", run.id),
        "head_branch": run.head_branch,
        "head_sha": run.head_sha,
        "path": f".github/workflows/{run.name}.yml",
        "display_title": head.message.split("\n")[0],
        "run_number": 1,
        "run_attempt": 1,
        "event": run.event,
        "status": run.status,
        "conclusion": run.conclusion,
        "workflow_id": run.id + 1_000_000,
        "check_suite_id": run.id + 2_000_000,
        "check_suite_node_id": node("CS", run.id + 2_000_000),
        "url": url,
        "html_url": f"{view.page(repository)}/actions/runs/{run.id}",
        # GitHub leaves this empty when the head is a fork: clients have to look for the pull request.
        "pull_requests": [],
        "created_at": run.created,
        "updated_at": run.created,
        "run_started_at": run.created,
        "actor": view.user(run.actor),
        "triggering_actor": view.user(run.actor),
        "jobs_url": f"{url}/jobs",
        "logs_url": f"{url}/logs",
        "check_suite_url": f"{view.repo_url(repository)}/check-suites/{run.id + 2_000_000}",
        "artifacts_url": f"{url}/artifacts",
        "cancel_url": f"{url}/cancel",
        "rerun_url": f"{url}/rerun",
        "previous_attempt_url": None,
        "workflow_url": f"{view.repo_url(repository)}/actions/workflows/{run.id + 1_000_000}",
        "head_commit": {
            "id": head.sha,
            "tree_id": head.tree,
            "message": head.message,
            "timestamp": head.committer.date,
            "author": person,
            "committer": person,
        },
        "repository": view.minimal_repository(repository),
        "head_repository": view.minimal_repository(run.head_repository),
    }
