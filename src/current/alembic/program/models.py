"""The models beside the history: which of them `env.py` lacks, and what its filters leave out."""


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
