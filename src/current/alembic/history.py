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
        # Flask-Migrate's: the file lies with the history.
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


def lacks(known, models):
    """Whether tables of the models are not in what `env.py` knows."""
    known = known if isinstance(known, (list, tuple)) else [known]
    keys = {key for metadata in known if metadata is not None for key in metadata.tables}
    return any(key not in keys for metadata in models for key in metadata.tables)


def models_of(request, layout, mapped):
    """The MetaData of the models, as the loader finds it; none where that can't be had here."""
    loader, before = Loader(request, layout, mapped), os.getcwd()
    try:
        os.chdir(HERE)
        for target in request["targets"]:
            if "env.py" in target or is_history(target):
                # That is what `env.py` knows.
                return []
            loader.load(target)
        return [whole(metadata, tables) for metadata, tables in loader.collections()]
    except Exception as error:
        print(f"the models can't be loaded beside the history: {told(error)}", file=sys.stderr)
        return []
    finally:
        os.chdir(before)


def whole(metadata, tables):
    """The MetaData, or one of some of its tables."""
    if tables is None:
        return metadata
    some = sa.MetaData(schema=metadata.schema, naming_convention=metadata.naming_convention)
    for table in tables:
        table.to_metadata(some)
    return some


def survey(config, script, watch):
    """Runs `env.py` so that its options are known, and no revision."""
    from alembic.runtime.environment import EnvironmentContext

    asked = {"fn": lambda revision, context: [], "as_sql": False, "dont_mutate": True}
    with EnvironmentContext(config, script, starting_rev=None, destination_rev="heads", tag=None, **asked):
        script.run_env()
    watch.one()
    if not watch.options:
        raise Unusable("`env.py` configures no context", {}, (script.env_py_location, 1))


def left_out(watch, request):
    """What the project's `include_name` and `include_object` leave out of its comparisons, of what the history made."""
    options = watch.options
    by_name, by_object = options.get("include_name"), options.get("include_object")
    own = options.get("version_table") or "alembic_version"
    found = [["table", options.get("version_table_schema"), own, None]]
    if not (by_name or by_object):
        return found
    metadata = options.get("target_metadata")
    collections = metadata if isinstance(metadata, (list, tuple)) else [metadata]
    models = {table.key: table for each in collections if each is not None for table in each.tables.values()}
    with sa.create_engine(f"{request['dialect']}://").connect() as connection:
        inspector = sa.inspect(connection)
        default = inspector.default_schema_name
        schemas = [None]
        if options.get("include_schemas"):
            schemas += [each for each in inspector.get_schema_names() if each not in (default, "information_schema")]

        def named(name, kind, **parents):
            return by_name is None or by_name(name, kind, parents)

        def kept(thing, name, kind, reflected, other):
            return by_object is None or by_object(thing, name, kind, reflected, other)

        for schema in schemas:
            if not named(schema, "schema"):
                continue
            for name in inspector.get_table_names(schema=schema):
                if name == own:
                    continue
                parents = {"schema_name": schema, "schema_qualified_table_name": f"{schema}.{name}" if schema else name}
                table = sa.Table(name, sa.MetaData(), schema=schema, autoload_with=connection, resolve_fks=False)
                model = models.get(table.key)
                if not named(name, "table", **parents) or not kept(table, name, "table", True, model):
                    found.append(["table", schema or default, name, None])
                    continue
                parents["table_name"] = name
                for kind, part in parts(table):
                    other = None if model is None else dict((each.name, each) for _, each in parts(model)).get(part.name)
                    if not named(part.name, kind, **parents) or not kept(part, part.name, kind, True, other):
                        found.append([kind, schema or default, name, part.name])
                if model is not None:
                    there = {part.name for _, part in parts(table)}
                    for kind, part in parts(model):
                        if part.name and part.name not in there and not kept(part, part.name, kind, False, None):
                            found.append([kind, schema or default, name, part.name])
            there = set(inspector.get_table_names(schema=schema))
            for table in models.values():
                if table.schema == schema and table.name not in there and not kept(table, table.name, "table", False, None):
                    found.append(["table", schema or default, table.name, None])
    return found


def left_out_of(asked, options, dialect):
    """What the project's filters leave out of what another database has: they are shown no more than names."""
    by_name, by_object = options.get("include_name"), options.get("include_object")
    if not asked:
        return []
    with sa.create_engine(f"{dialect}://").connect() as connection:
        default = sa.inspect(connection).default_schema_name
    found = []

    def kept(kind, name, parents, stub):
        try:
            return (by_name is None or by_name(name, kind, parents)) and (by_object is None or by_object(stub, name, kind, True, None))
        except Exception:
            # It wants to know more than a name.
            return True

    for each in asked:
        name, schema = each["name"], None if each["schema"] == default else each["schema"]
        stub = sa.Table(name, sa.MetaData(), schema=schema)
        parents = {"schema_name": schema, "schema_qualified_table_name": f"{schema}.{name}" if schema else name}
        if schema is not None and by_name and not by_name(schema, "schema", {}) or not kept("table", name, parents, stub):
            found.append(["table", each["schema"], name, None])
            continue
        parents["table_name"] = name
        for part in each["parts"]:
            if not kept(part["kind"], part["name"], parents, stub_of(stub, part["kind"], part["name"])):
                found.append([part["kind"], each["schema"], name, part["name"]])
    return found


def stub_of(table, kind, name):
    """A part of a table of which only the name is known."""
    if kind == "column":
        part = sa.Column(name, sa.types.NullType())
        table.append_column(part)
    elif kind == "index":
        part = sa.Index(name)
        part.table = table
    else:
        part = sa.UniqueConstraint(name=name) if kind == "unique_constraint" else sa.ForeignKeyConstraint(["id"], ["id"], name=name)
        part.parent = table
    return part


def parts(table):
    """A table's parts that Alembic asks about, each with what Alembic calls it."""
    for column in table.columns:
        yield "column", column
    for index in table.indexes:
        yield "index", index
    kinds = {sa.UniqueConstraint: "unique_constraint", sa.ForeignKeyConstraint: "foreign_key_constraint"}
    for constraint in table.constraints:
        if type(constraint) in kinds and isinstance(constraint.name, str):
            yield kinds[type(constraint)], constraint


# What is going on, for errors.
MOMENT = ["run on an empty database"]


def in_order(script):
    """All revisions, each behind those that it follows or depends on."""
    order = {}
    for each in reversed(list(script.walk_revisions())):
        left = [each]
        while left:
            before = [one for one in followed(script, left[-1]) if one.revision not in order]
            if before:
                left += before
            else:
                last = left.pop()
                order[last.revision] = last
    return list(order.values())


def followed(script, revision):
    return [script.get_revision(name) for name in revision._all_down_revisions]


def there_and_back(config, script, wanted, wire):
    """Upgrades, and takes each of the wanted revisions down and up again on the way; the states around it are looked at."""
    order = in_order(script)
    files = {os.path.realpath(path) for path in wanted.get("files", ())}
    # What follows `base` is all of them, and it is not a revision.
    first = script.get_revision(wanted["from"]) if "from" in wanted else None
    every = "from" in wanted and first is None
    own, behind = set(), set()
    for each in order:
        follows = {one.revision for one in followed(script, each)}
        if every or each is first or (first and follows & own) or os.path.realpath(each.path) in files:
            own.add(each.revision)
        if each.revision in own or follows & behind:
            behind.add(each.revision)

    def at(moment, revision, **more):
        downgrade = getattr(revision.module, "downgrade", None)
        line = getattr(getattr(downgrade, "__code__", None), "co_firstlineno", 1)
        wire.tell({"at": moment, "revision": revision.revision, "file": shown(revision.path), "line": line, **more})
        wire.back.readline()
        # Nothing that was set stays.
        wire.session.begin_anew()

    # Also where that is none: the version table is there from then on.
    steps(config, script, [each for each in order if each.revision not in behind], True)
    together = in_one_transaction(config, script, wire) if len(behind) > 1 else None
    looked = False
    for each in order:
        if each.revision in behind - own:
            steps(config, script, [each], True)
            looked = False
        if each.revision not in own:
            continue
        if not looked:
            at("before", each)
        looked = True
        steps(config, script, [each], True)
        at("up", each)
        if not hasattr(each.module, "downgrade"):
            at("stays", each, says="it has no `downgrade()`")
            continue
        MOMENT[0] = "taken down"
        try:
            steps(config, script, [each], False)
        except Exception as error:
            line, says = no_way_back(error)
            if says is None:
                raise
            wire.give_up()
            at("stays", each, says=says, **({"line": line} if line else {}))
        else:
            at("down", each)
            MOMENT[0] = "run again after it was taken down"
            steps(config, script, [each], True)
            at("again", each)
        MOMENT[0] = "run on an empty database"
    if together is not None:
        MOMENT[0] = "run in one transaction with those before it, as `alembic upgrade` does"
        raise together


# A statement for each sequence that sets it to where it is: what is rolled back has counted on.
SEQUENCES = """SELECT format('SELECT setval(%L, %s, %L)', format('%I.%I', schemaname, sequencename), coalesce(last_value, start_value),
last_value IS NOT NULL) FROM pg_sequences"""


class Enough(BaseException):
    """What is run for its errors alone has come to where it would last. No revision takes it for an error of its own."""


def in_one_transaction(config, script, wire):
    """Upgrades to the end as Alembic does, where a database rolls that back, and answers with what failed.

    What one transaction makes is not always of use before its end: where each revision has one of its own, nobody meets that. It
    ends at the first commit, which is the last one where Alembic opens one transaction for all.
    """
    session = wire.session
    if not session.server.rolls_back:
        return None

    def sequences():
        return {row[0] for row in session.send(SEQUENCES)["rows"]}

    def work(heads, context):
        session.commits = enough
        return script._upgrade_revs("heads", heads)

    def enough():
        raise Enough

    before = sequences()
    try:
        migrate(config, script, work)
    except Enough:
        return None
    except Exception as error:
        return error
    finally:
        session.commits = None
        wire.give_up()
        for counted in before - sequences():
            session.send(counted)
        session.begin_anew()


def steps(config, script, revisions, up):
    """Takes these revisions up, or down, and no others."""
    from alembic.runtime.migration import MigrationStep

    step = MigrationStep.upgrade_from_script if up else MigrationStep.downgrade_from_script
    migrate(config, script, lambda heads, context: [step(script.revision_map, each) for each in revisions])


def migrate(config, script, work):
    """Runs the steps that a function gives for what a database records."""
    from alembic.runtime.environment import EnvironmentContext

    with EnvironmentContext(config, script, fn=work, as_sql=False, starting_rev=None, destination_rev="heads", tag=None):
        script.run_env()


def no_way_back(error):
    """Where a downgrade says itself that there is none, and what it says: what it raises, and not what a statement of it does."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    if is_users(last.filename) and raised_at(last) and not any(map(of_a_library, causes(error))):
        return last.lineno, told(error)
    return None, None


def raised_at(frame):
    """Whether a frame ended in `raise` or `assert False`, however these are laid out."""
    try:
        with open(frame.filename, "rb") as file:
            tree = ast.parse(file.read())
    except (OSError, SyntaxError, ValueError):
        return False
    # Python 3.11 knows the column, too: that of the statement, or of what is asserted.
    column = getattr(frame, "colno", None)

    def spans(node):
        if column is None:
            return node.lineno <= frame.lineno <= node.end_lineno
        return (node.lineno, node.col_offset) <= (frame.lineno, column) < (node.end_lineno, node.end_col_offset)

    says = [node for node in ast.walk(tree) if isinstance(node, ast.Raise)]
    says += [node for node in ast.walk(tree) if isinstance(node, ast.Assert) and isinstance(node.test, ast.Constant)]
    return any(map(spans, says))


def causes(error):
    """The errors that led to one."""
    found = []
    error = error.__cause__ or error.__context__
    while error is not None and error not in found:
        found.append(error)
        error = error.__cause__ or error.__context__
    return found


def of_a_library(error):
    """Whether an operation failed that a revision tried. What `env.py` tried before it runs them is none of theirs."""
    frames = traceback.extract_tb(error.__traceback__)
    return bool(frames) and os.path.basename(frames[0].filename) != "env.py" and not is_users(frames[-1].filename)


# What SQLAlchemy takes for a parameter in a text.
PARAMETER = re.compile(r"(?<![:\w\\]):(?=\w+(?!:))")


def reflected(watch, dialect):
    """What the history makes, as models."""
    metadata, own = sa.MetaData(), watch.options.get("version_table") or "alembic_version"
    with sa.create_engine(f"{dialect}://").connect() as connection:
        inspector = sa.inspect(connection)
        others = inspector.get_schema_names() if watch.options.get("include_schemas") else []
        for schema in (None, *(name for name in others if name not in (inspector.default_schema_name, "information_schema"))):
            metadata.reflect(connection, schema=schema, only=lambda name, _: name != own)
    return metadata


def write(config, script, request, watch, wire, models):
    """Writes a revision in the project's own form: its template, names of files and hooks."""
    from alembic import command, util

    wanted = request["write"]
    head = wanted["head"] or the_head(script)
    known = {"upgrades": "", "downgrades": "", "imports": "", "config": config}
    if wanted["auto"]:
        command.upgrade(config, "heads")
        by_hand = wanted["by_hand"]
        watch.models, watch.only = ([reflected(watch, request["dialect"])], True) if by_hand else (models(), False)
        for statement in by_hand:
            wire.session.send(statement["sql"])
        known.update(generated(config, script, wanted["message"], head))
    elif watch.database is not None:
        # It says what its functions are called.
        steps(config, script, [], True)
    up, down = list(lines_of(wanted["up"])), list(lines_of(wanted["down"]))
    ups, downs = (watch.options.get(f"{way}_token") or f"{way}s" for way in ("upgrade", "downgrade"))
    if wanted["auto"] and by_hand:
        # It was asked what leads from the database to what the history makes.
        known[ups], known[downs] = known.get(downs), known.get(ups)
    for name, parts in ((ups, [known.get(ups), *up]), (downs, [*down, known.get(downs)])):
        known[name] = "\n    ".join(part for part in parts if part and (part != "pass" or not up)) or "pass"

    def files():
        return {os.path.join(at, name) for at in script._version_locations if os.path.isdir(at) for name in os.listdir(at)}

    before = files()
    try:
        made = script.generate_revision(util.rev_id(), wanted["message"], refresh=False, head=head, **known)
    except BaseException as error:
        # A hook failed, and the file is there.
        for path in files() - before:
            if path.endswith(".py"):
                os.remove(path)
        frames = traceback.extract_tb(error.__traceback__)
        if any(os.path.basename(frame.filename) == "write_hooks.py" for frame in frames):
            said = str(error) if isinstance(error, util.CommandError) else told(error)
            raise Unusable(f"`post_write_hooks` can't run on the revision: {said}", {"hook": True}) from error
        raise
    watch.tell({"wrote": {"file": shown(made.path), "revision": made.revision}})


def the_head(script):
    """The one head that there is."""
    heads = [script.get_revision(name) for name in sorted(script.get_heads())]
    if len(heads) > 1:
        names = [f"`{label}@head`" for head in heads for label in sorted(head.branch_labels) or [head.revision]]
        raise Unusable(
            f"the history has {len(heads)} heads, and the revision has to follow one of them: {', '.join(names[:-1])} or {names[-1]}",
            {"choose": names[0].strip("`")},
        )
    return "head"


def generated(config, script, message, head):
    """What Alembic writes by itself, as its template takes it."""
    from alembic.autogenerate import render
    from alembic.autogenerate.api import RevisionContext
    from alembic.runtime.environment import EnvironmentContext

    names = ("branch_label", "version_path", "rev_id", "depends_on")
    asked = {"message": message, "autogenerate": True, "sql": False, "head": head, "splice": False, **dict.fromkeys(names)}
    revision = RevisionContext(config, script, asked)

    def compare(current, context):
        revision.run_autogenerate(current, context)
        return []

    with EnvironmentContext(
        config, script, fn=compare, as_sql=False, template_args=revision.template_args, revision_context=revision
    ):
        script.run_env()
    known = dict(revision.template_args)
    render._render_python_into_templatevars(revision._last_autogen_context, revision.generated_revisions[-1], known)
    return known


def lines_of(statements):
    """Statements as a function of a revision runs them."""
    inside = ""
    for statement in statements:
        if statement["alone"] and not inside:
            yield "with op.get_context().autocommit_block():"
        inside = "    " if statement["alone"] else ""
        sql = statement["sql"]
        # Whether foreign keys are enforced is the connection's affair: revisions that follow run as they would without this one.
        if sql.lower() == "pragma foreign_keys = off":
            yield f'{inside}enforced = op.get_bind().exec_driver_sql("PRAGMA foreign_keys").scalar()'
        if sql.lower() == "pragma foreign_keys = on":
            yield inside + 'op.execute(f"PRAGMA foreign_keys = {enforced}")'
        else:
            yield from (inside + line if line else "" for line in executed(sql))


def executed(statement):
    sql = PARAMETER.sub(r"\\:", statement)
    # A line break in a string of it must not be indented.
    if "\n" not in sql or any(line.count("'") % 2 for line in sql.splitlines()):
        yield f"op.execute({quoted(sql)})"
        return
    text = sql.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
    yield "op.execute("
    yield '    """'
    for line in text.splitlines():
        yield f"    {line}".rstrip()
    yield '    """'
    yield ")"


def quoted(text):
    """A string of Python, in the quotes that need no escapes where there are such."""
    plain = text.replace("\\", "\\\\")
    if "\n" in text:
        return repr(text)
    if '"' not in text:
        return f'"{plain}"'
    return f"'{plain}'" if "'" not in text else f'"""{plain}"""' if not text.endswith('"') and '"""' not in text else repr(text)


def explained(error, script, first, options):
    """The error of a revision: which it is, and what the database said. `options` are what `env.py` configured."""
    frames = traceback.extract_tb(error.__traceback__)
    paths = {os.path.realpath(each.path): each.revision for each in script.walk_revisions()} if script else {}
    frame = next((each for each in reversed(frames) if os.path.realpath(each.filename) in paths), None)
    if frame is None:
        table = options.get("version_table") or "alembic_version"
        recording = table in (getattr(error, "statement", None) or "")
        about = {"schema": options.get("version_table_schema") if recording else None, "unready": is_of_a_package(error)}
        found = Unusable(f"the history can't be run: {told(error)}", about, users_traceback(error)[1])
        found.trace = users_traceback(error)[0]
        return found
    own = getattr(error, "orig", None)
    said = (str(own.args[-1]) if own is not None and own.args else told(error)).strip().splitlines()[0]
    statement = getattr(error, "statement", None)
    # The tables of a history that begins with `create_all` and a stamp are made by nothing that it has.
    lacking = getattr(own, "lacks_table", False)
    about = {"statement": statement.strip() if statement else None, "first": first and lacking, "unready": is_of_a_package(error)}
    revision = paths[os.path.realpath(frame.filename)]
    found = Unusable(f"revision `{revision}` can't be {MOMENT[0]}: {said}", about, (frame.filename, frame.lineno))
    found.trace = users_traceback(error)[0].partition("\n(Background on")[0] + "\n"
    return found


def is_of_a_package(error):
    """Whether an error's kind is one of neither Python nor SQLAlchemy nor the project: of one for settings, as a rule."""
    module = type(error).__module__
    file = getattr(sys.modules.get(module), "__file__", None)
    known = ("builtins", __name__, "sqlalchemy", "alembic")
    return bool(file) and module.partition(".")[0] not in known and "site-packages" in file


def upgrade(requests, tell):
    back = os.fdopen(0, "r", encoding="utf-8", newline="\n")
    request = json.loads(back.readline())
    layout = Layout()
    sys.path[:] = [HERE] + [entry for entry in sys.path if entry not in ("", HERE)]
    # What asynchronous engines can't do without is not a driver.
    DRIVERS.discard("greenlet")
    sys.meta_path += [ProjectFinder(layout), DriverFinder()]
    wire = Wire(tell, back)
    sys.stdin = open(os.devnull)
    config = settings(request)
    from alembic import command
    from alembic.script import ScriptDirectory
    from alembic.util import CommandError

    sys.meta_path.insert(0, Closed())
    mapped = watch_mappers() if request["models"] else {}
    take_over(wire, request["dialect"])
    let_engines_do_without_a_url(request["dialect"])
    # Logs would hide what is said here.
    logging.config.fileConfig = lambda *args, **kwargs: None
    script, watch = None, None
    try:
        if request["app"]:
            start_app(request["app"])
        if request["texts"]:
            read_instead(request["texts"])
        script = ScriptDirectory.from_config(config)
        own = {os.path.realpath(path) for path in (request["again"] or {}).get("files", ())}
        all_of_them = revisions(script, not request["survey"] and request["to"] is None, own, tell)
        tell({"history": described(script, all_of_them)})
        watch = Watch(wire, request["database"])
        if request["write"]:
            models = request["models"]
            return write(config, script, request, watch, wire, lambda: models_of(models, layout, mapped) if models else [])
        if request["survey"]:
            survey(config, script, watch)
            table = [watch.options.get("version_table_schema"), watch.options.get("version_table") or "alembic_version"]
            filters = any(watch.options.get(name) for name in ("include_name", "include_object"))
            tell({"table": table, "filters": filters})
            tell({"left_out": left_out_of(request["asked"], watch.options, request["dialect"])})
            return
        if request["rows"]:
            MOMENT[0] = "run on made-up rows"
        if request["to"] == []:
            survey(config, script, watch)
        elif request["to"]:
            for revision in request["to"]:
                command.upgrade(config, revision)
        elif request["again"] and not request["rows"]:
            there_and_back(config, script, request["again"], wire)
        else:
            command.upgrade(config, "heads")
        watch.one()
        if all_of_them and not watch.ran and request["to"] != []:
            raise Unusable("`env.py` ran none of the revisions", {}, (script.env_py_location, 1))
        tell({"left_out": left_out(watch, request)})
    except CommandError as error:
        raise Unusable(str(error), {}) from error
    except Unusable:
        raise
    except Exception as error:
        raise explained(error, script, not wire.made, watch.options if watch else {}) from error


run(upgrade, at_once=True)
