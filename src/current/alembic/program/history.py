"""Runs a project's Alembic history on the dev database, with the project's own Alembic and `env.py`.

The first line that it gets is the request as JSON: `config`, the ini or toml file; `section` of it; `database`, what `env.py`
calls the one of several that is meant, or null; `dialect` as SQLAlchemy calls it; `app` or null; `again`, revisions that are also
taken down and up again, or null: `{"from": revision}` is one and what follows it, `{"files": [path, ...]}` those of these files;
`rows`, whether the database holds all but those already, and rows; `to`, the revisions that are upgraded to, or null for all; `texts`, what
files of revisions say in place of what they say on disk, by path;
`survey`, whether only `env.py` runs, and no revision; `asked`, tables that another database has, each with `schema`, `name` and
`parts` (`kind`, `name`), of which the survey tells what the project's Alembic does not compare; `write`, a revision that is to be
written, or null: its `message`, the `head` that it follows or null, the statements `up` and `down`, and whether they come after
what Alembic generates by itself (`auto`), for what the statements `by_hand` do, or for the models that `models` names as the
loader's request does, where `env.py` lacks some. Lines that it tells, besides what `pipe.py` asks: `{"history": {"location", "versions",
"revisions": [{"id", "after", "message", "file", "created"}, ...]}}`, those that nothing follows first; `{"ran": revision}` after each
revision's statements; `{"warning"}`; `{"table": [schema, name], "filters"}`, where a database records its revisions, and whether the project
leaves anything out, of a survey; `{"at": moment, "revision", "file", "line", "says"}` where the state is to be looked at, which is
answered by a line; `{"left_out":
[[kind, schema, table, name], ...]}`, what the project's Alembic does not compare; `{"wrote": {"file", "revision"}}`; at the end
`{"done"}` or `{"error"}` as the loader has them.
"""

import argparse
import ast
import json
import logging.config
import os
import re
import sys
import traceback


def settings(request):
    """Alembic's settings, with a URL where the project gives none: no URL is connected to."""
    try:
        from alembic.config import Config
    except ModuleNotFoundError:
        raise Unusable("Alembic is not installed there", {"missing": "alembic"}) from None
    path = request["config"]
    if not os.path.isfile(path):
        raise Unusable(f"there is no file `{path}`", {"config": True})
    toml = path.endswith(".toml")
    try:
        config = Config(toml_file=path) if toml else Config(path, ini_section=request["section"])
    except TypeError:
        raise Unusable("this version of Alembic reads no `pyproject.toml`: that came with 1.16", {}) from None
    if not toml and not config.file_config.has_section(request["section"]):
        raise Unusable(f"`{path}` has no section `{request['section']}`", {})
    if not config.get_main_option("script_location"):
        # Flask-Migrate's: the file is next to the history.
        config.set_main_option("script_location", os.path.dirname(path) or ".")
    location, folder = config.get_main_option("script_location"), os.path.dirname(path)
    if folder and not os.path.isdir(location) and os.path.isdir(os.path.join(folder, location)):
        # Relative to where Alembic is run, which is where its file is.
        os.chdir(folder)
        sys.path.insert(0, os.getcwd())
    url = config.get_main_option("sqlalchemy.url")
    if url and kind_of(url) != kind_of(request["dialect"]):
        # The template's, or that of another engine: the dev database says which one is meant.
        config.set_main_option("sqlalchemy.url", f"{request['dialect']}://")
    config.cmd_opts = argparse.Namespace(x=None)
    return config


def let_engines_do_without_a_url(name):
    """Where the settings have none, `env.py` may look for it elsewhere; an engine that is made without gets the dev database's."""
    make = sa.engine_from_config

    def engine_from_config(configuration, prefix="sqlalchemy.", **options):
        return make({f"{prefix}url": f"{name}://", **configuration}, prefix, **options)

    sa.engine_from_config = sa.engine.engine_from_config = engine_from_config


def read_instead(texts):
    """Lets Alembic load these texts of revisions in place of their files."""
    from alembic.util import pyfiles

    load, own = pyfiles.load_module_py, {os.path.realpath(os.path.join(HERE, path)): text for path, text in texts.items()}

    def load_module_py(name, path):
        text = own.get(os.path.realpath(path))
        if text is None:
            return load(name, path)
        module = types.ModuleType(name)
        module.__file__ = str(path)
        exec(compile(text, path, "exec"), module.__dict__)
        return module

    pyfiles.load_module_py = load_module_py


def revisions(script, one_head, own, tell):
    """The history's revisions, whole: each follows one that is there, and one head is left if that is asked, or where only some
    files are `own`, no more than the others leave."""
    from alembic.script.revision import RevisionError

    once = {}
    load = script.revision_map._generator

    def noted():
        for each in load():
            other = once.setdefault(each.revision, each)
            if other is not each:
                files = f"in {shown(other.path)} and in {shown(each.path)}"
                raise Unusable(f"revision `{each.revision}` is there twice: {files}", {"again": True}, (each.path, 1))
            yield each

    script.revision_map._generator = noted
    try:
        all_of_them = list(script.walk_revisions())
        heads = [script.get_revision(head) for head in script.get_heads()]
    except KeyError as error:
        lacking = error.args[0]
        by = next((each for each in script._load_revisions() if lacking in (each.down_revision or ())), None)
        who, place = (f"revision `{by.revision}`", (by.path, 1)) if by else ("a revision", None)
        raise Unusable(f"{who} follows `{lacking}`, which is not there", {"lost": True}, place) from error
    except RevisionError as error:
        raise Unusable(f"Alembic can't read the history: {error}", {}) from error
    rivals = rivals_of(heads)
    if rivals and one_head:
        theirs = [each for each in all_of_them if os.path.realpath(each.path) not in own]
        followed = {name for each in theirs for name in each._all_down_revisions}
        before = rivals_of([each for each in theirs if each.revision not in followed])
        if not own or len(before) < len(rivals):
            raise Unusable(fork(script, rivals), {"fork": True}, (rivals[-1].path, 1))
        tell({"warning": f"without what is new here, {fork(script, before)}: `alembic merge heads` there joins them"})
    return all_of_them


def rivals_of(heads):
    return [head for head in heads if any(are_rivals(head, other) for other in heads)]


def are_rivals(one, other):
    """Whether only one of two heads could stay: one is of no branch, or both are of the same."""
    labels, others = set(one.branch_labels), set(other.branch_labels)
    return one is not other and (not labels or not others or bool(labels & others))


def place(script, all_of_them):
    """The directory that a revision behind the head is put into; None where no revision says which of several."""
    locations = script._version_locations
    if len(locations) == 1:
        return str(locations[0])
    return os.path.dirname(all_of_them[0].path) if all_of_them else None


def described(script, all_of_them):
    """The history as it is told."""
    versions = place(script, all_of_them)
    return {
        "location": shown(os.path.abspath(script.dir)),
        "versions": versions and shown(versions),
        "revisions": [
            {
                "id": each.revision,
                "after": list(each._all_down_revisions),
                "message": ((each.doc or "").strip().splitlines() or [""])[0][:200],
                "file": shown(each.path),
                "created": written(each),
            }
            for each in all_of_them
        ],
    }


def written(revision):
    """When a revision was written, where its docstring says so."""
    found = re.search(r"Create Date:\s*(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)", revision.module.__doc__ or "")
    return found and " ".join(found.groups())


def fork(script, heads):
    """Says which revisions nothing follows, and after which they part."""

    def before(revision):
        found, left = [], [revision.revision]
        while left:
            name = left.pop(0)
            if name not in found:
                found.append(name)
                left += script.get_revision(name)._versioned_down_revisions
        return found

    lines = [before(head) for head in heads]
    shared = next((name for name in lines[0] if all(name in line for line in lines[1:])), None)
    named = [f"`{head.revision}` ({shown(head.path)})" for head in heads]
    where = f", which part after `{shared}`" if shared else ", which share no revision"
    return f"the history has {len(heads)} heads: {', '.join(named[:-1])} and {named[-1]}{where}"


class Watch:
    """What `env.py` and the revisions do: the options that it configures, and each revision that has run."""

    def __init__(self, wire, database):
        self.tell, self.database = wire.tell, database
        self.ran, self.options = 0, {}
        # MetaData that is compared where that of `env.py` lacks tables of it, or in any case.
        self.models, self.only = [], False
        # Databases, each by its URL and the function that upgrades it, and how `env.py` calls them.
        self.databases, self.names = set(), []
        from alembic.runtime.environment import EnvironmentContext
        from alembic.runtime.migration import HeadMaintainer, MigrationContext

        noted_in = HeadMaintainer.update_to_step
        make, configure, run = MigrationContext.__init__, EnvironmentContext.configure, EnvironmentContext.run_migrations

        def noted(context, *args, **kwargs):
            make(context, *args, **kwargs)
            context.on_version_apply_callbacks = (*context.on_version_apply_callbacks, self.applied)

        def configured(context, *args, **options):
            connection = args[0] if args else options.get("connection")
            self.databases.add((str(getattr(connection, "engine", connection)), options.get("upgrade_token")))
            if self.models and (self.only or lacks(options.get("target_metadata"), self.models)):
                options["target_metadata"] = self.models
            configure(context, *args, **options)
            self.configured = options

        def run_migrations(context, **kwargs):
            name = kwargs.get("engine_name")
            if name is not None and name not in self.names:
                self.names.append(name)
            if name == self.database if self.database is not None else len(self.databases) == 1:
                self.options = self.configured
                run(context, **kwargs)

        def update_to_step(maintainer, step):
            try:
                noted_in(maintainer, step)
            except Exception as error:
                revision = getattr(step, "revision", None)
                if getattr(getattr(error, "orig", None), "pgcode", None) != "25P02" or revision is None:
                    raise
                name = "upgrade" if step.is_upgrade else "downgrade"
                line = getattr(getattr(getattr(revision.module, name, None), "__code__", None), "co_firstlineno", 1)
                message, frames = wire.session.failed
                own = (at for file, at in frames if os.path.realpath(file) == os.path.realpath(revision.path))
                line = next(own, line)
                said = f"a statement failed ({message}), and its error was caught: the transaction can't go on"
                place = f"{shown(revision.path)}:{line}"
                message = f"{place}: revision `{revision.revision}` can't be {MOMENT[0]}: in `{name}()`, {said}"
                raise Unusable(message, {}, (revision.path, line)) from error

        MigrationContext.__init__, EnvironmentContext.configure = noted, configured
        HeadMaintainer.update_to_step = update_to_step
        EnvironmentContext.run_migrations = run_migrations

    def applied(self, step, **kwargs):
        self.ran += 1
        self.tell({"ran": step.up_revision_id})

    def one(self):
        """Sees to it that one database was migrated."""
        named = ", ".join(f"`{name}`" for name in self.names)
        about = {"several": True, "databases": self.names}
        if self.database is None and len(self.databases) > 1:
            raise Unusable(f"`env.py` migrates several databases{named and ': '}{named}, and a history is checked for one", about)
        if self.database is not None and self.database not in self.names:
            raise Unusable(f"`env.py` migrates no database that it calls `{self.database}`{named and ', but '}{named}", about)
