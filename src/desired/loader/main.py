"""Loads a project's SQLAlchemy models and prints their DDL, one JSON object a line.

`argv[1]` is the request as JSON: `targets` (`module`, `module:attribute`, paths of files and folders), `servers`, each a
`dialect` as SQLAlchemy calls it and a `version` or null, `app` (`module:attribute`) or null, `bind` or null; or `find`, for
`{"found", "narrower", "apps"}`: what could be targets, parts of them, and applications.

Further arguments are tables that the models and a database may both have, `{"schema", "name", "there", "parts": [{"kind",
"name", "there"}]}`, `there` being in the database. Then the lines are no DDL, but what the filters of Alembic's `env.py`
leave out: `{"left_out": {"schema", "table", "kind", "name"}}`.

Lines: `{"loaded"}`, the project's files that were imported; `{"warning"}`; `{"filters"}`, whether there are any; for each server `{"server"}`, its number, and
what is of it: `{"sql"}`, a statement, and `{"kind", "schema", "table", "name", "file", "line"}`, a place, or `{"failed":
error}`; at the end `{"done": versions}` or `{"error": error}`, an error being `{"cause", "python", "file", "line", "about",
"trace"}`. Without an end the output is not whole. What the models print goes to stderr.
"""

import os
import re
import sys


def entities():
    """What alembic_utils is told of: what is registered, and what stands in the project's modules."""
    module = sys.modules.get("alembic_utils.replaceable_entity")
    if module is None:
        return []
    found = {id(each): each for each in module.registry.entities()}
    for each in list(sys.modules.values()):
        if file_of(each) and is_users(file_of(each)):
            own = [value for value in vars(each).values() if isinstance(value, module.ReplaceableEntity)]
            found.update((id(value), value) for value in own)
    ranks = ["PGExtension", "PGFunction", "PGAggregate", "PGView", "PGMaterializedView", "PGTrigger", "PGPolicy"]
    rank = {name: at for at, name in enumerate(ranks)}
    return sorted(found.values(), key=lambda each: rank.get(type(each).__name__, len(ranks)))


def twice(collections):
    """Refuses tables of one name in two MetaData."""
    seen = {}
    for metadata, tables in collections:
        for table in metadata.tables.values() if tables is None else tables:
            other = seen.setdefault(table.key, table)
            if other is not table:
                places = [place(each) for each in (other, table)]
                where = " and ".join(f"{shown(each[0])}:{each[1]}" for each in places if each)
                raise Unusable(f"table `{table.key}` is defined twice, in two MetaData: {where}", {"twice": table.key}, places[1])


def tell_places(collections, mapped, dialect, tell):
    for metadata, tables in collections:
        for table in metadata.tables.values() if tables is None else tables:
            places = Places(table, mapped.get(id(table)))

            def at(kind, name, found):
                if found and name:
                    tell({"kind": kind, "schema": table.schema, "table": table.name, "name": name, "file": shown(found[0]), "line": found[1]})

            at("table", table.name, places.own)
            for column in table.columns:
                at("column", column.name, places.column(column))
            for index in table.indexes:
                at("index", name_of(index, dialect), places.of_part(index))
            named = {name_of(constraint, dialect): constraint for constraint in table.constraints}
            for name in sorted(filter(None, named)):
                at("constraint", name, places.of_part(named[name]))


def tell_left_out(asked, collections, filters, dialect, tell):
    """Tells which of some tables and parts of them Alembic's filters leave out. What only the database has is shown to them as
    a table with no more than its name."""
    include_object = filters.get("include_object", lambda *args: True)
    include_name = filters.get("include_name", lambda *args: True)
    tables = [table for metadata, some in collections for table in (metadata.tables.values() if some is None else some)]

    def left_out(kind, name, parents, own, stub, there):
        if there and not include_name(name, kind, parents):
            return True
        reflected = own is None
        return not include_object(stub if reflected else own, name, kind, reflected, None if reflected or not there else stub)

    for each in asked:
        schema, name = each["schema"], each["name"]
        told = {"schema": schema, "table": name}
        schema = None if schema == dialect.default_schema_name else schema
        own = next((table for table in tables if table.name == name and table.schema == schema), None)
        stub = sa.Table(name, sa.MetaData(), schema=schema)
        parents = {"schema_name": schema, "schema_qualified_table_name": f"{schema}.{name}" if schema else name}
        unseen = schema is not None and each["there"] and not include_name(schema, "schema", {})
        if unseen or left_out("table", name, parents, own, stub, each["there"]):
            tell({"left_out": {**told, "kind": "table", "name": name}})
            continue
        parents["table_name"] = name
        for part in each["parts"]:
            kind = part["kind"]
            mine = next((one for one in parts_of(own, kind) if (one.name if kind == "column" else name_of(one, dialect)) == part["name"]), None)
            if mine is None and not part["there"]:
                # It has no name before the server gives it one.
                continue
            if left_out(kind, part["name"], parents, mine, stub_of(stub, kind, part["name"]), part["there"]):
                tell({"left_out": {**told, "kind": kind, "name": part["name"]}})


def parts_of(table, kind):
    if table is None:
        return []
    kinds = {"unique_constraint": sa.UniqueConstraint, "foreign_key_constraint": sa.ForeignKeyConstraint}
    if kind in kinds:
        return [one for one in table.constraints if isinstance(one, kinds[kind])]
    return table.columns if kind == "column" else table.indexes


def stub_of(table, kind, name):
    """A part of a table of which only the name is known."""
    if kind == "column":
        part = sa.Column(name, sa.types.NullType())
        table.append_column(part, replace_existing=True)
        return part
    if kind == "index":
        part = sa.Index(name)
        part.table = table
        return part
    part = sa.UniqueConstraint(name=name) if kind == "unique_constraint" else sa.ForeignKeyConstraint(["id"], ["id"], name=name)
    part.parent = table
    return part


# What defines tables for other purposes than the application's.
ASIDE = {"alembic", "benchmarks", "docs", "examples", "migrations", "scripts", "tools"}
APP = re.compile(r"^(?:(?:async )?def (create_app|make_app)\b|(app|application)\s*=\s*(?:flask\.)?Flask\()", re.M)


def find(tell):
    """Tells what could be targets: the packages and modules that define tables, the likeliest first, and Flask's
    applications."""
    layout = Layout()
    prefer_source()
    files = python_files(HERE)
    aside = [file for file in defining(files) if os.path.relpath(file, HERE).split(os.sep)[0] in ASIDE]
    chosen = [file for file in defining(files) if file not in aside] or aside
    # How many tables each defines.
    tables = {layout.name(file)[1]: len(TABLES.findall(read(file))) for file in chosen}
    groups = {}
    for name in sorted(tables):
        groups.setdefault(name.split(".")[0], []).append(name.split("."))
    found = {".".join(os.path.commonprefix(group)): group for group in groups.values()}
    # Where a whole package can't be loaded, a part of it may be all that is meant.
    narrower = {}
    for name, group in found.items():
        for depth in range(name.count(".") + 2, max(map(len, group)) + 1):
            inner = {}
            for parts in group:
                inner.setdefault(".".join(parts[:depth]), []).append(parts)
            weights = ((".".join(os.path.commonprefix(each)), sum(tables[".".join(parts)] for parts in each)) for each in inner.values())
            narrower.update(weights)
    narrower = sorted(narrower.keys() - found.keys(), key=lambda name: (-narrower[name], name))
    found = sorted(found)
    apps = []
    for file in files:
        text = read(file)
        made = APP.search(text) if "flask" in text.lower() else None
        if made:
            apps.append(f"{layout.name(file)[1]}:{made.group(1) or made.group(2)}")
    tell({"found": found, "narrower": narrower, "apps": apps})


def load(request, asked, tell):
    layout = Layout()
    prefer_source()
    sys.meta_path += [ProjectFinder(layout), DriverFinder()]
    watch(sa)
    refuse_connections(sa)
    mapped = watch_mappers()
    if request.get("app"):
        start_app(request["app"])
    loader = Loader(request, layout, mapped)
    for target in request["targets"]:
        loader.load(target)
    try:
        # Some libraries make their tables only then.
        sa.orm.configure_mappers()
    except Exception as error:
        tell({"warning": f"the models' relationships can't be set up: {type(error).__name__}: {error}"})
    collections = loader.collections()
    if not any(metadata.tables if tables is None else tables for metadata, tables in collections):
        if loader.bind is not None:
            raise Unusable(f"no table has the bind key `{loader.bind}`", {"binds": loader.binds()})
        names = ", ".join(f"`{target}`" for target in request["targets"])
        raise Unusable(f"no table belongs to {names}", {"others": loader.others(), "import": True})
    twice(collections)
    for target in request["targets"]:
        others = ", ".join(f"`{name}`" for name in loader.unloaded(target))
        if others:
            tell({"warning": f"nothing imports {others}, which may define tables of `{target}`: name it, too, where they are meant"})
    for warning in loader.warnings:
        tell({"warning": warning})
    note_wrappers(collections)
    files = {file_of(module) for module in list(sys.modules.values())}
    tell({"loaded": sorted(shown(path) for path in files if path and is_users(path))})
    if asked:
        server = request["servers"][0]
        tell_left_out(asked, collections, loader.filters, dialect_of(server["dialect"], server["version"]), tell)
        return
    tell({"filters": bool(loader.filters)})
    made = entities()
    for number, server in enumerate(request["servers"]):
        tell({"server": number})
        # A type that one server does not have does not concern the others.
        try:
            dialect = dialect_of(server["dialect"], server["version"])
            print_ddl(collections, made, dialect, lambda statement: tell({"sql": statement}))
            tell_places(collections, mapped, dialect, tell)
        except BaseException as error:
            tell({"failed": failure(error)})


def work(requests, tell):
    request, *asked = requests
    find(tell) if request.get("find") else load(request, asked, tell)


run(work)
