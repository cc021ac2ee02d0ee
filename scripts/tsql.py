#!/usr/bin/env python3
"""tsql.py FILE…: is every file T-SQL to Microsoft's own parser?

Prints `FILE:LINE:COLUMN: message` for what is not; exits 0, 1 or 2 (the parser could not run). `--fetch DIRECTORY` gets it first:
ScriptDom from the wheel `mssql-cli`, a .NET runtime from `dotnetcore2`, and `pythonnet` between them, all from PyPI and used
for tests alone. The interpreter is the one of the environment in that directory, `DIRECTORY/venv`.
"""

import json
import os
import re
import subprocess
import sys
import zipfile

HERE = os.path.dirname(os.path.dirname(os.path.abspath(sys.argv[0])))
HOME = os.path.join(HERE, "target", "tsql")
ASSEMBLY = "Microsoft.SqlServer.TransactSql.ScriptDom"
PACKAGES = ["pythonnet==3.2.1", "clr_loader==0.3.1", "dotnetcore2==3.1.23"]
SOURCE = "mssql-cli==1.0.0"


def fetch():
    """Into the environment that this runs in."""
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "install", *PACKAGES], check=True)
    subprocess.run([*pip, "download", "--no-deps", "--dest", HOME, SOURCE], check=True)
    wheel = next(os.path.join(HOME, name) for name in os.listdir(HOME) if name.endswith(".whl"))
    with zipfile.ZipFile(wheel) as archive:
        member = next(name for name in archive.namelist() if name.endswith(f"/{ASSEMBLY}.dll"))
        with open(os.path.join(HOME, f"{ASSEMBLY}.dll"), "wb") as out:
            out.write(archive.read(member))
    os.remove(wheel)


def parser():
    # No tables of languages are needed, and none are there.
    os.environ["DOTNET_SYSTEM_GLOBALIZATION_INVARIANT"] = "1"
    import dotnetcore2
    from clr_loader import get_coreclr
    from pythonnet import set_runtime

    root = os.path.join(os.path.dirname(dotnetcore2.__file__), "bin")
    os.chmod(os.path.join(root, "dotnet"), 0o755)
    settings = os.path.join(HOME, "runtimeconfig.json")
    framework = {"name": "Microsoft.NETCore.App", "version": "3.1.0"}
    with open(settings, "w", encoding="utf-8") as out:
        json.dump({"runtimeOptions": {"tfm": "netcoreapp3.1", "framework": framework}}, out)
    set_runtime(get_coreclr(runtime_config=settings, dotnet_root=root))
    import clr

    clr.AddReference(os.path.join(HOME, ASSEMBLY))
    import Microsoft.SqlServer.TransactSql.ScriptDom as dom

    return dom.TSql150Parser(True)


def check(files):
    from_text = parser()
    from System.IO import StringReader

    wrong = 0
    for path in files:
        with open(path, encoding="utf-8") as source:
            # The number behind GO is its client's.
            text = re.sub(r"(?im)^([ \t]*GO)[ \t]+\d+[ \t]*$", r"\1", source.read())
        _, errors = from_text.Parse(StringReader(text), None)
        for error in errors:
            wrong += 1
            print(f"{path}:{error.Line}:{error.Column}: {error.Message}")
    return 1 if wrong else 0


if __name__ == "__main__":
    try:
        if sys.argv[1:2] == ["--fetch"]:
            HOME = os.path.abspath(sys.argv[2])
            fetch()
        else:
            sys.exit(check(sys.argv[1:]))
    except Exception as error:
        print(f"tsql: {type(error).__name__}: {error}", file=sys.stderr)
        sys.exit(2)
