"""The DDL of models, as SQLAlchemy's own compiler writes it for a server of today."""


def dialect_of(name, version):
    """A dialect without a driver, as it is once it has met a server of that version."""
    if name == "postgresql":
        from sqlalchemy.dialects.postgresql.base import PGDialect as Kind

        options, version, schema = {}, version or [16], "public"
    elif name == "mysql":
        from sqlalchemy.dialects.mysql.base import MySQLDialect as Kind

        options, version, schema = {}, version or [8, 4], None
    elif name == "mariadb":
        from sqlalchemy.dialects.mysql.mariadb import MariaDBDialect as Kind

        options, version, schema = {}, version or [10, 11], None
    elif name == "mssql":
        from sqlalchemy.dialects.mssql.base import MSDialect as Kind

        options, version, schema = {}, version or [15], "dbo"
    else:
        from sqlalchemy.dialects.sqlite.base import SQLiteDialect as Kind

        options, version, schema = {}, [3, 45], None
    # With `format` or `pyformat`, every `%` would be doubled.
    dialect = Kind(paramstyle="named", **options)
    version = tuple(version) + (0,) * (3 - len(version))
    dialect.server_version_info = version
    dialect.default_schema_name = schema
    facts = {
        "postgresql": {
            "supports_smallserial": True,
            "supports_identity_columns": True,
            "supports_virtual_generated_columns": version >= (18,),
        },
        "mysql": {"_support_default_function": version >= (8, 0, 13), "_support_float_cast": version >= (8, 0, 17)},
        "mariadb": {
            "is_mariadb": True,
            "_mariadb_normalized_version_info": version,
            "supports_sequences": version >= (10, 3),
            "_allows_uuid_binds": True,
            "supports_native_uuid": version >= (10, 7),
            "_support_default_function": version >= (10, 2, 1),
        },
        "mssql": {"deprecate_large_types": True, "supports_comments": True, "_supports_nvarchar_max": True},
    }.get(name, {})
    for attribute, value in facts.items():
        try:
            setattr(dialect, attribute, value)
        except AttributeError:
            # Another version of SQLAlchemy works it out from the server's.
            pass
    for question in ("has_table", "has_index", "has_sequence", "has_type", "has_schema"):
        setattr(dialect, question, lambda *args, **kwargs: False)
    return dialect


class Nothing:
    """The result of a query that was not run: no rows."""

    rowcount = 0

    def __iter__(self):
        return iter(())

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        if name in ("scalars", "mappings", "tuples", "unique"):
            return lambda *args: self
        if name in ("all", "fetchall", "fetchmany", "keys"):
            return lambda *args: []
        return lambda *args: None


class Recorder:
    """What DDL events take for a connection: it keeps the statements that are run on it."""

    def __init__(self, dialect, emit):
        self.dialect = self._dialect = dialect
        self.engine = self
        self.name = dialect.name
        self.info = {}
        self._emit = emit

    def connect(self, **kwargs):
        return self

    begin = begin_nested = connect

    def __enter__(self):
        return self

    def __exit__(self, *error):
        return None

    def schema_for_object(self, item):
        return item.schema

    def execution_options(self, **options):
        return self

    def get_execution_options(self):
        return {}

    def in_transaction(self):
        return True

    def commit(self):
        pass

    rollback = close = commit

    def _run_ddl_visitor(self, visitor, element, checkfirst=False, **kwargs):
        visitor(dialect=self.dialect, connection=self, checkfirst=False, **kwargs).traverse_single(element)

    def execute(self, statement, parameters=None, **options):
        if isinstance(statement, str):
            return self.exec_driver_sql(statement)
        if getattr(statement, "is_ddl", False) or isinstance(statement, sa.schema.DDLElement):
            self._emit(str(statement.compile(dialect=self.dialect)))
        elif isinstance(statement, sa.sql.elements.TextClause):
            # Of values there is no telling how a driver would have written them.
            text = statement.bindparams(**parameters) if parameters and isinstance(parameters, dict) else statement
            self.exec_driver_sql(str(text.compile(dialect=self.dialect, compile_kwargs={"literal_binds": True})))
        return Nothing()

    def exec_driver_sql(self, statement, parameters=None, **options):
        words = statement.split(None, 1)
        # Rows are not part of a schema, and there are none to ask for.
        if words and words[0].upper() not in ("SELECT", "INSERT", "UPDATE", "DELETE", "MERGE", "WITH", "SHOW"):
            self._emit(statement)
        return Nothing()

    def scalar(self, *args, **kwargs):
        self.execute(*args, **kwargs)
        return None

    def scalars(self, *args, **kwargs):
        return self.execute(*args, **kwargs)


class NothingThere:
    """An inspector of the database that is not there."""

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return lambda *args, **kwargs: False if name.startswith("has_") else []


def print_ddl(collections, entities, dialect, emit):
    """The statements that create the tables of some MetaData, `[(metadata, tables or None)]`, and what alembic_utils knows
    around them, each once."""
    from sqlalchemy.inspection import _inspects

    _inspects(Recorder)(lambda connection: NothingThere())
    seen = set()

    def once(statement):
        text = statement.strip().rstrip(";").rstrip()
        # Types, schemas and extensions that several MetaData share.
        if text and text not in seen:
            seen.add(text)
            emit(text)

    connection = Recorder(dialect, once)

    def create(first):
        for each in entities if dialect.name == "postgresql" else []:
            if (type(each).__name__ == "PGExtension") == first:
                made = each.to_sql_statement_create()
                for statement in [made] if isinstance(made, sa.sql.elements.TextClause) else made:
                    connection.exec_driver_sql(statement.text.replace("\\:", ":"))

    create(first=True)
    for metadata, tables in collections:
        for table in metadata.tables.values():
            # A set's order is another in every run.
            table.indexes = sa.util.OrderedSet(sorted(table.indexes, key=lambda index: str(index.name)))
        metadata.create_all(connection, tables=tables, checkfirst=False)
    create(first=False)


def name_of(part, dialect):
    """The name that a constraint or an index has in the database, if the models give it one."""
    preparer = dialect.identifier_preparer
    try:
        if isinstance(part, sa.Index):
            name = preparer.format_index(part)
        else:
            name = preparer.format_constraint(part)
    except Exception:
        return None
    return preparer.unformat_identifiers(name)[0] if name else None
