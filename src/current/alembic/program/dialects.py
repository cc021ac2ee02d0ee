"""Dialects of SQLAlchemy that run on the driver."""

SERVERS = {"mssql": SqlServer, "postgresql": Postgres, "mysql": MySQL, "mariadb": MySQL, "sqlite": SQLite}

# Drivers whose engines are asynchronous.
ASYNC = ("aiomysql", "aioodbc", "aiosqlite", "asyncmy", "asyncpg", "psycopg_async")


def dialect_class(name, session, is_async):
    """The dialect of this driver for one kind of database, made from SQLAlchemy's own for it."""
    import sqlalchemy as sa
    from sqlalchemy import pool

    module = types.ModuleType("trueup")
    for each in (
        Error, Warning, InterfaceError, DatabaseError, DataError, OperationalError, IntegrityError, InternalError, ProgrammingError,
        NotSupportedError,
    ):
        setattr(module, each.__name__, each)
    module.paramstyle = "qmark" if name == "sqlite" else "pyformat" if name == "postgresql" else "format"
    module.apilevel, module.threadsafety, module.__version__ = "2.0", 1, "1"
    module.Binary, module.version_info = bytes, (1, 0, 0)
    module.connect = lambda *args, **kwargs: Connection(session)
    module.sqlite_version_info = tuple(map(int, session.send("SELECT sqlite_version()")["rows"][0][0].split("."))) if name == "sqlite" else ()
    module.sqlite_version = ".".join(map(str, module.sqlite_version_info))
    if name == "postgresql":
        from sqlalchemy.dialects.postgresql.base import PGDialect as Base
    elif name == "sqlite":
        from sqlalchemy.dialects.sqlite.base import SQLiteDialect as Base
    elif name == "mssql":
        from sqlalchemy.dialects.mssql.base import MSDialect as Base
    elif name == "mariadb":
        from sqlalchemy.dialects.mysql.mariadb import MariaDBDialect as Base
    else:
        from sqlalchemy.dialects.mysql.base import MySQLDialect as Base

    class Pool(pool.NullPool):
        """One connection at a time, whatever an engine says of its pool."""

        def __init__(self, creator, pool_size=5, max_overflow=10, timeout=30, use_lifo=False, **options):
            super().__init__(creator, **options)

    class Dialect(Base):
        driver = "trueup"
        default_paramstyle = module.paramstyle
        supports_statement_cache = True
        supports_native_decimal = name != "sqlite"
        supports_unicode_statements = supports_unicode_binds = True
        supports_sane_rowcount = True
        supports_sane_multi_rowcount = False

        # Arguments of drivers that projects give to `create_engine`, which takes those that are named here.
        def __init__(
            self, executemany_mode=None, executemany_values_page_size=None, executemany_batch_page_size=None, use_batch_mode=None,
            client_encoding=None, server_side_cursors=None, use_native_hstore=None, use_native_uuid=None, native_inet_types=None,
            native_datetime=None, binary_prefix=None, convert_unicode=None, encoding=None, implicit_returning=None,
            fast_executemany=None, use_setinputsizes=None, **options,
        ):
            super().__init__(**options)

        @classmethod
        def import_dbapi(cls):
            return module

        dbapi = import_dbapi

        @classmethod
        def get_pool_class(cls, url):
            return Pool

        def get_table_names(self, connection, schema=None, **options):
            # Our own mark of a dev database on MySQL and MariaDB is nobody's table.
            return [each for each in super().get_table_names(connection, schema, **options) if each != "trueup_run"]

        def create_connect_args(self, url):
            return [], {}

        def connect(self, *args, **options):
            return Connection(session)

        def on_connect(self):
            return None

        def get_isolation_level_values(self, connection):
            return ["AUTOCOMMIT", "READ COMMITTED", "READ UNCOMMITTED", "REPEATABLE READ", "SERIALIZABLE"]

        def get_isolation_level(self, connection):
            return "AUTOCOMMIT" if connection.autocommit else "READ COMMITTED"

        get_default_isolation_level = get_isolation_level

        def set_isolation_level(self, connection, level):
            connection.autocommit = level.replace("_", " ").upper() == "AUTOCOMMIT"

        def reset_isolation_level(self, connection):
            connection.autocommit = False

        def is_disconnect(self, error, connection, cursor):
            return False

        def do_ping(self, connection):
            return True

        if name == "sqlite":

            def _get_server_version_info(self, connection):
                return module.sqlite_version_info

        # MySQL's.
        def _detect_charset(self, connection):
            return "utf8mb4"

        def _extract_error_code(self, error):
            return error.args[0]

    if name == "postgresql":
        # The values arrive as Python's.
        class Plain:
            def result_processor(self, dialect, kind):
                return None

        base = Base.colspecs.get(sa.JSON, sa.JSON)
        from sqlalchemy.dialects.postgresql import JSON, JSONB

        plain = {JSON: type("JSON", (Plain, JSON), {}), JSONB: type("JSONB", (Plain, JSONB), {})}
        Dialect.colspecs = {**Base.colspecs, **plain, sa.JSON: type("JSON", (Plain, base), {})}
        # What the catalogue says of indexes, which later versions of SQLAlchemy leave to each driver.
        try:
            from sqlalchemy.dialects.postgresql import pg_catalog
        except ImportError:
            pass
        else:
            for each in ("INT2VECTOR", "OIDVECTOR"):
                vector = getattr(pg_catalog, each)
                Dialect.colspecs[vector] = type(each, (pg_catalog._SpaceVector, vector), {})
        Dialect._backslash_escapes = False
    if name == "mssql":
        Dialect = read_without_queries(Dialect, session.wire)
    Dialect.is_async = is_async
    Dialect.construct_arguments = Base.construct_arguments
    return Dialect
