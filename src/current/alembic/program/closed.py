"""Drivers that are installed are closed while a history runs, and engines are of this driver."""

# Drivers, and what connects by them.
CONNECTING = {
    "aiomysql", "asyncmy", "asyncpg", "mariadb", "mysql.connector", "MySQLdb", "pg8000", "psycopg", "psycopg2", "pymssql", "pymysql",
    "pyodbc",
}
CONNECT = ("connect", "Connect", "create_pool")


class Closed:
    """Closes drivers that are installed: what connects by itself would reach another database than the dev database."""

    def find_spec(self, name, path=None, target=None):
        spec = importlib.machinery.PathFinder.find_spec(name, path) if name in CONNECTING else None
        if spec is not None and spec.loader is not None:
            run = spec.loader.exec_module

            def exec_module(module):
                run(module)
                for each in CONNECT:
                    if hasattr(module, each):
                        setattr(module, each, connects_by_itself)

            spec.loader.exec_module = exec_module
        return spec


def connects_by_itself(*args, **kwargs):
    raise Unusable("the history connects to a database by itself, past SQLAlchemy's engines", {"itself": True})


def kind_of(url):
    """The kind of database that a URL, or the name of a dialect, speaks of."""
    backend = re.split("[:+]", url)[0]
    return {"postgres": "postgresql", "mariadb": "mysql"}.get(backend, backend)


# How a server is asked which database a session is in.
DATABASE_IS = {"postgresql": "SELECT current_database()", **dict.fromkeys(("mysql", "mariadb"), "SELECT DATABASE()")}


def take_over(wire, name):
    """Gives every engine of the dev database's kind this driver; one of another kind is an error."""
    from sqlalchemy.engine import url as urls

    session = wire.session = Session(wire, SERVERS[name]())
    session.server.wire = wire
    session.begin_anew()
    classes = {is_async: dialect_class(name, session, is_async) for is_async in (False, True)}
    if name in DATABASE_IS:
        session.server.database = session.send(DATABASE_IS[name])["rows"][0][0]

    class Entry:
        @staticmethod
        def get_dialect_cls(url):
            return classes[url.drivername.partition("+")[2] in ASYNC]

        @staticmethod
        def get_async_dialect_cls(url):
            return classes[True]

        @staticmethod
        def load_provisioning():
            pass

        @staticmethod
        def engine_created(engine):
            # Neither `creator` nor a listener on `do_connect` connects elsewhere.
            engine.pool._creator = lambda *args: Connection(session)
            if session.server.database is not None:
                # Revisions read it where they alter the database itself.
                # What it was called stays there: engines of several databases are told apart.
                called = {**engine.url.query, "called": engine.url.database or ""}
                engine.url = engine.url.set(database=session.server.database, query=called)

    def entrypoint(self):
        backend = self.get_backend_name()
        if kind_of(backend) != kind_of(name):
            raise Unusable(f"the history opens a database of {backend}, and the dev database is {name}", {"other": backend})
        return Entry

    urls.URL._get_entrypoint = entrypoint
