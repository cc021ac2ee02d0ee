"""What is asked, in its order, and what is told of errors."""


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
