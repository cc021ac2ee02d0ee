"""Runs a project's Alembic history on the dev database, with the project's own Alembic and `env.py`.

The first line that it gets is the request as JSON: `config`, the ini or toml file; `section` of it; `dialect` as SQLAlchemy
calls it; `app` or null; `trip`, a revision that is also taken down and up again, or null; `to`, the revisions that are upgraded
to, or null for all; `survey`, whether only `env.py` runs, and no revision; `asked`, tables that another database has, each with
`schema`, `name` and `parts` (`kind`, `name`), of which the survey tells what the project's Alembic does not compare; `write`, a revision that is to be written, or null: its `message`, the statements `up` and `down`, and whether they come after what Alembic generates by itself
(`auto`). Lines that it tells, besides what `pipe.py` asks: `{"history": {"location", "versions",
"revisions": [{"id", "after", "message", "file"}, ...]}}`, those that nothing follows first; `{"ran": revision}` after each
revision's statements; `{"table": [schema, name], "filters"}`, where a database records its revisions, and whether the project leaves anything out, of a
survey; `{"at": state}` where the state is to be looked at, which is answered by a line; `{"left_out":
[[kind, schema, table, name], ...]}`, what the project's Alembic does not compare; `{"wrote": {"file", "revision"}}`; at the end
`{"done"}` or `{"error"}` as the loader has them.
"""

import argparse
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
    if not config.get_main_option("sqlalchemy.url"):
        config.set_main_option("sqlalchemy.url", f"{request['dialect']}://")
    config.cmd_opts = argparse.Namespace(x=None)
    return config


def revisions(script, one_head):
    """The history's revisions, whole: each follows one that is there, and one head is left if that is asked."""
    from alembic.script.revision import RevisionError

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
    labelled = all(head.branch_labels for head in heads)
    if len(heads) > 1 and not labelled and one_head:
        raise Unusable(fork(script, heads), {"heads": [head.revision for head in heads]}, (heads[-1].path, 1))
    return all_of_them


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
        "location": shown(script.dir),
        "versions": versions and shown(versions),
        "revisions": [
            {
                "id": each.revision,
                "after": list(each._all_down_revisions),
                "message": ((each.doc or "").strip().splitlines() or [""])[0][:200],
                "file": shown(each.path),
            }
            for each in all_of_them
        ],
    }


def fork(script, heads):
    """Says which revisions nothing follows, and after which they part."""

    def before(revision):
        found, left = [], [revision.revision]
        while left:
            name = left.pop(0)
            if name not in found:
                found.append(name)
                left += script.get_revision(name)._all_down_revisions
        return found

    lines = [before(head) for head in heads]
    shared = next((name for name in lines[0] if all(name in line for line in lines[1:])), None)
    named = [f"`{head.revision}` ({shown(head.path)})" for head in heads]
    where = f", which part after `{shared}`" if shared else ", which share no revision"
    return f"the history has {len(heads)} heads: {', '.join(named[:-1])} and {named[-1]}{where}"


class Watch:
    """What `env.py` and the revisions do: the options that it configures, and each revision that has run."""

    def __init__(self, tell):
        self.tell, self.ran, self.options = tell, 0, None
        # Databases, each by its URL and the function that upgrades it.
        self.databases = set()
        from alembic.runtime.environment import EnvironmentContext
        from alembic.runtime.migration import MigrationContext

        make, configure = MigrationContext.__init__, EnvironmentContext.configure

        def noted(context, *args, **kwargs):
            make(context, *args, **kwargs)
            context.on_version_apply_callbacks = (*context.on_version_apply_callbacks, self.applied)

        def configured(context, *args, **options):
            connection = args[0] if args else options.get("connection")
            self.databases.add((str(getattr(connection, "engine", connection)), options.get("upgrade_token")))
            if len(self.databases) > 1:
                raise Unusable("`env.py` migrates several databases, and a history is checked for one", {"several": True})
            configure(context, *args, **options)
            self.options = options

        MigrationContext.__init__, EnvironmentContext.configure = noted, configured

    def applied(self, step, **kwargs):
        self.ran += 1
        self.tell({"ran": step.up_revision_id})


def survey(config, script, watch):
    """Runs `env.py` so that its options are known, and no revision."""
    from alembic.runtime.environment import EnvironmentContext

    asked = {"fn": lambda revision, context: [], "as_sql": False, "dont_mutate": True}
    with EnvironmentContext(config, script, starting_rev=None, destination_rev="heads", tag=None, **asked):
        script.run_env()
    if watch.options is None:
        raise Unusable("`env.py` configures no context", {}, (os.path.join(script.dir, "env.py"), 1))


def left_out(watch, request):
    """What the project's `include_name` and `include_object` leave out of its comparisons, of what the history made."""
    options = watch.options or {}
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
MOMENT = ["on an empty database"]


def go_and_return(command, config, script, before, wire):
    """Upgrades, and takes what comes after a revision down and up again; the states are looked at on the way."""
    target = before[0] if isinstance(before, tuple) else before
    every = {each.revision: each for each in script.walk_revisions()}
    gone = set(every)
    if target is not None:
        gone = {each.revision for each in script.revision_map._get_descendant_nodes([script.get_revision(target)])} - {target}
    kept = every.keys() - gone

    def at(state):
        wire.tell({"at": state})
        wire.back.readline()

    for name in sorted(kept):
        if not any(name in every[other]._all_down_revisions for other in kept):
            command.upgrade(config, name)
    at("before")
    command.upgrade(config, "heads")
    at("after")
    MOMENT[0] = "down"
    command.downgrade(config, target or "base")
    at("back")
    MOMENT[0] = "again after it was taken down"
    command.upgrade(config, "heads")
    at("again")


# What SQLAlchemy takes for a parameter in a text.
PARAMETER = re.compile(r"(?<![:\w\\]):(?=\w+(?!:))")


def write(config, script, wanted, tell):
    """Writes a revision in the project's own form: its template, names of files and hooks."""
    from alembic import command, util

    branches = script.get_heads()
    if len(branches) > 1:
        named = [f"`{each}` ({', '.join(sorted(script.get_revision(each).branch_labels))})" for each in branches]
        raise Unusable(f"the history has several branches, {', '.join(named)}, and which of them the revision follows is not said", {"branches": branches})
    known = {"upgrades": "", "downgrades": "", "imports": "", "config": config}
    if wanted["auto"]:
        command.upgrade(config, "heads")
        known.update(generated(config, script, wanted["message"]))
    up, down = list(lines_of(wanted["up"])), list(lines_of(wanted["down"]))
    for name, parts in (("upgrades", [known["upgrades"], *up]), ("downgrades", [*down, known["downgrades"]])):
        known[name] = "\n    ".join(part for part in parts if part and (part != "pass" or not up)) or "pass"

    def files():
        return {os.path.join(at, name) for at in script._version_locations if os.path.isdir(at) for name in os.listdir(at)}

    before = files()
    try:
        made = script.generate_revision(util.rev_id(), wanted["message"], refresh=False, head="head", **known)
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
    tell({"wrote": {"file": shown(made.path), "revision": made.revision}})


def generated(config, script, message):
    """What Alembic writes by itself, as its template takes it."""
    from alembic.autogenerate import render
    from alembic.autogenerate.api import RevisionContext
    from alembic.runtime.environment import EnvironmentContext

    names = ("branch_label", "version_path", "rev_id", "depends_on")
    asked = {"message": message, "autogenerate": True, "sql": False, "head": "head", "splice": False, **dict.fromkeys(names)}
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


def explained(error, script, first):
    """The error of a revision: which it is, and what the database said."""
    frames = traceback.extract_tb(error.__traceback__)
    paths = {os.path.realpath(each.path): each.revision for each in script.walk_revisions()} if script else {}
    frame = next((each for each in reversed(frames) if os.path.realpath(each.filename) in paths), None)
    if frame is None:
        found = Unusable(f"the history can't be run: {told(error)}", {}, users_traceback(error)[1])
        found.trace = users_traceback(error)[0]
        return found
    own = getattr(error, "orig", None)
    said = (str(own.args[-1]) if own is not None and own.args else told(error)).strip().splitlines()[0]
    statement = getattr(error, "statement", None)
    # The tables of a history that begins with `create_all` and a stamp are made by nothing that it has.
    lacking = getattr(own, "lacks_table", False)
    about = {"statement": statement.strip() if statement else None, "first": first and lacking}
    revision = paths[os.path.realpath(frame.filename)]
    found = Unusable(f"revision `{revision}` can't be run {MOMENT[0]}: {said}", about, (frame.filename, frame.lineno))
    found.trace = users_traceback(error)[0].partition("\n(Background on")[0] + "\n"
    return found


def upgrade(requests, tell):
    back = os.fdopen(0, "r", encoding="utf-8", newline="\n")
    request = json.loads(back.readline())
    layout = Layout()
    sys.path[:] = [HERE] + [entry for entry in sys.path if entry not in ("", HERE)]
    # What asynchronous engines can't do without is no driver.
    DRIVERS.discard("greenlet")
    sys.meta_path += [ProjectFinder(layout), DriverFinder()]
    wire = Wire(tell, back)
    sys.stdin = open(os.devnull)
    config = settings(request)
    from alembic import command
    from alembic.script import ScriptDirectory
    from alembic.util import CommandError

    sys.meta_path.insert(0, Closed())
    take_over(wire, request["dialect"])
    # Logs would hide what is said here.
    logging.config.fileConfig = lambda *args, **kwargs: None
    script = None
    try:
        if request["app"]:
            start_app(request["app"])
        script = ScriptDirectory.from_config(config)
        all_of_them = revisions(script, not request["survey"] and request["to"] is None)
        tell({"history": described(script, all_of_them)})
        if request["write"]:
            return write(config, script, request["write"], tell)
        watch = Watch(tell)
        if request["survey"]:
            survey(config, script, watch)
            table = [watch.options.get("version_table_schema"), watch.options.get("version_table") or "alembic_version"]
            filters = any(watch.options.get(name) for name in ("include_name", "include_object"))
            tell({"table": table, "filters": filters})
            tell({"left_out": left_out_of(request["asked"], watch.options, request["dialect"])})
            return
        if request["to"] == []:
            survey(config, script, watch)
        elif request["to"]:
            for revision in request["to"]:
                command.upgrade(config, revision)
        elif request["trip"]:
            go_and_return(command, config, script, script.get_revision(request["trip"]).down_revision, wire)
        else:
            command.upgrade(config, "heads")
        if all_of_them and not watch.ran and request["to"] != []:
            raise Unusable("`env.py` ran none of the revisions", {}, (os.path.join(script.dir, "env.py"), 1))
        tell({"left_out": left_out(watch, request)})
    except CommandError as error:
        raise Unusable(str(error), {}) from error
    except Unusable:
        raise
    except Exception as error:
        raise explained(error, script, not wire.made) from error


run(upgrade, at_once=True)
