"""A revision is written, as the project's own Alembic writes them."""

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
    if wanted["irreversible"]:
        known[downs] = f"raise NotImplementedError({wanted['irreversible']!r})"

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
