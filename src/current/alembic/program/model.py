"""What SQLAlchemy asks a database without a server."""


def read_without_queries(Dialect, wire):
    """What SQLAlchemy asks SQL Server's catalogue for, answered from the schema as it was followed."""
    import sqlalchemy as sa
    from sqlalchemy.engine.default import DefaultDialect
    from sqlalchemy.exc import NoSuchTableError

    def schema_of(schema):
        return next((each for each in wire.look() if each["name"].lower() == (schema or "dbo").lower()), {})

    def table_of(name, schema):
        found = next((each for each in schema_of(schema).get("tables", ()) if each["name"].lower() == name.lower()), None)
        if found is None:
            raise NoSuchTableError(name)
        return found

    def columns_of(parts):
        return [part["column"] for part in parts]

    def type_of(dialect, ty):
        base, _, rest = ty["name"].partition("(")
        kind = dialect.ischema_names.get(base.lower(), sa.types.NullType)
        numbers = [int(each) for each in rest.rstrip(")").split(",") if each.strip().isdigit()]
        try:
            return kind(*numbers)
        except TypeError:
            return kind()

    def column(dialect, each):
        found = {
            "name": each["name"], "type": type_of(dialect, each["ty"]), "nullable": each.get("nullable", False),
            "default": each.get("default"), "autoincrement": "identity" in each, "comment": each.get("comment"),
        }
        if "identity" in each:
            options = each["identity"]["options"]
            found["identity"] = {"start": options["start"], "increment": options["increment"]}
        if "generated" in each:
            found["computed"] = {"sqltext": each["generated"]["expr"], "persisted": each["generated"].get("stored", False)}
        return found

    class Reading(Dialect):
        def has_table(self, connection, table_name, schema=None, **options):
            names = [each["name"] for kind in ("tables", "opaque") for each in schema_of(schema).get(kind, ())]
            return table_name.lower() in map(str.lower, names)

        def has_sequence(self, connection, sequence_name, schema=None, **options):
            return sequence_name in self.get_sequence_names(connection, schema)

        def has_schema(self, connection, schema_name, **options):
            return bool(schema_of(schema_name))

        def get_schema_names(self, connection, **options):
            return [each["name"] for each in wire.look()]

        def get_table_names(self, connection, schema=None, **options):
            return [each["name"] for each in schema_of(schema).get("tables", ())]

        def get_temp_table_names(self, connection, **options):
            return []

        def get_view_names(self, connection, schema=None, **options):
            return [each["name"] for each in schema_of(schema).get("opaque", ()) if each["kind"] == "view"]

        def get_view_definition(self, connection, view_name, schema=None, **options):
            views = (each for each in schema_of(schema).get("opaque", ()) if each["kind"] == "view")
            return next((each["definition"] for each in views if each["name"] == view_name), None)

        def get_sequence_names(self, connection, schema=None, **options):
            return [each["name"] for each in schema_of(schema).get("sequences", ())]

        def get_columns(self, connection, table_name, schema=None, **options):
            return [column(self, each) for each in table_of(table_name, schema)["columns"]]

        def get_pk_constraint(self, connection, table_name, schema=None, **options):
            key = table_of(table_name, schema).get("primary_key")
            return {"constrained_columns": columns_of(key["parts"]) if key else [], "name": key.get("name") if key else None}

        def get_foreign_keys(self, connection, table_name, schema=None, **options):
            def key(each):
                target = each["ref_table"]
                return {
                    "name": each.get("name"), "constrained_columns": each["columns"], "referred_table": target["name"],
                    "referred_schema": None if schema is None and target["schema"] == "dbo" else target["schema"],
                    "referred_columns": each["ref_columns"], "options": {},
                }

            return [key(each) for each in table_of(table_name, schema).get("foreign_keys", ())]

        def get_indexes(self, connection, table_name, schema=None, **options):
            def index(each):
                return {
                    "name": each["name"], "unique": each.get("unique", False), "column_names": columns_of(each.get("parts", ())),
                    "include_columns": each.get("include", []), "dialect_options": {},
                }

            return [index(each) for each in table_of(table_name, schema).get("indexes", ())]

        def get_unique_constraints(self, connection, table_name, schema=None, **options):
            keys = table_of(table_name, schema).get("uniques", ())
            return [{"name": each.get("name"), "column_names": columns_of(each["parts"])} for each in keys]

        def get_check_constraints(self, connection, table_name, schema=None, **options):
            return [{"name": each.get("name"), "sqltext": each["expr"]} for each in table_of(table_name, schema).get("checks", ())]

        def get_table_comment(self, connection, table_name, schema=None, **options):
            return {"text": table_of(table_name, schema).get("comment")}

        def get_table_options(self, connection, table_name, schema=None, **options):
            return {}

        def initialize(self, connection):
            super(Dialect.__mro__[1], self).initialize(connection)
            self._setup_version_attributes()
            self._supports_nvarchar_max = self.supports_comments = True

        def _get_server_version_info(self, connection):
            return (16, 0)

        def _get_default_schema_name(self, connection):
            return "dbo"

    Reading.supports_statement_cache = True
    for each in ("import_dbapi", "dbapi"):
        setattr(Reading, each, Dialect.__dict__[each])
    # Newer versions of SQLAlchemy ask for several tables at once.
    for each in vars(DefaultDialect):
        if each.startswith(("get_multi_", "has_multi_")):
            setattr(Reading, each, getattr(DefaultDialect, each))
    # What was inserted is not asked for.
    Reading.insert_returning = Reading.update_returning = Reading.delete_returning = Reading.implicit_returning = False
    return Reading
