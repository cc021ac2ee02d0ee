"""An index of packages (https://packaging.python.org/en/latest/specifications/simple-repository-api/) on a port that it
prints. With an argument `user:password` it wants these. Ends with its stdin.
"""

import base64
import http.server
import io
import os
import sys
import tarfile
import threading
import zipfile

CREDENTIALS = sys.argv[1] if len(sys.argv) > 1 else None

# A build backend without dependencies: editable installs, and with a file WRITES it makes a directory next to the sources,
# as setuptools does.
BACKEND = '''
import os, zipfile

def _wheel(directory, editable):
    if os.path.exists("WRITES"):
        os.makedirs("shop.egg-info", exist_ok=True)
    name = "shop-1-py3-none-any.whl"
    with zipfile.ZipFile(os.path.join(directory, name), "w") as wheel:
        wheel.writestr("shop.pth", os.path.abspath("src"))
        wheel.writestr("shop-1.dist-info/METADATA", "Metadata-Version: 2.1\\nName: shop\\nVersion: 1\\nRequires-Dist: trueup-one\\n")
        wheel.writestr("shop-1.dist-info/WHEEL", "Wheel-Version: 1.0\\nGenerator: x\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr("shop-1.dist-info/RECORD", "")
    return name

def build_wheel(directory, settings=None, metadata=None):
    return _wheel(directory, False)

def build_editable(directory, settings=None, metadata=None):
    return _wheel(directory, True)
'''


def wheel(name, module, code, path=None, script=None, version="1.0"):
    out = io.BytesIO()
    info = f"{module}-{version}.dist-info"
    with zipfile.ZipFile(out, "w") as file:
        file.writestr(path or f"{module}.py", code)
        if script:
            file.writestr(f"{info}/entry_points.txt", f"[console_scripts]\n{script} = {module}:main\n")
        file.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        file.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: x\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        file.writestr(f"{info}/RECORD", "")
    return f"{module}-{version}-py3-none-any.whl", out.getvalue()


def source(name, files):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as file:
        for path, text in files.items():
            member = tarfile.TarInfo(f"{name}-1.0/{path}")
            data = text.encode()
            member.size = len(data)
            file.addfile(member, io.BytesIO(data))
    return f"{name}-1.0.tar.gz", out.getvalue()


# Stand-ins for what prints locks: each wants the words that the real one takes, and prints all that its lock names.
POETRY = '''
import re, sys

def main():
    assert sys.argv[1:] == ["export", "--all-groups", "--without-hashes"], sys.argv
    print("\\n".join(re.findall('^name = "(.*)"$', open("poetry.lock").read(), re.M)))
'''
PIPENV = '''
import json, sys

def main():
    assert sys.argv[1:] == ["requirements", "--dev"], sys.argv
    lock = json.load(open("Pipfile.lock"))
    print("\\n".join(name for part in ("default", "develop") for name in lock[part]))
'''

# What builds a project that names no backend.
LEGACY = BACKEND + '''
class __legacy__:
    build_wheel = staticmethod(build_wheel)
    build_editable = staticmethod(build_editable)
'''

# What a driver's build says on a machine without its library.
NO_COMPILER = '''
def build_wheel(directory, settings=None, metadata=None):
    raise Exception("Can not find valid pkg-config name. Specify MYSQLCLIENT_CFLAGS and MYSQLCLIENT_LDFLAGS env vars manually")
'''

PACKAGES = {
    "trueup-one": wheel("trueup-one", "trueup_one", "NAME = 'one'\n"),
    "trueup-two": wheel("trueup-two", "trueup_two", "NAME = 'two'\n"),
    "trueup-backend": wheel("trueup-backend", "trueup_backend", BACKEND),
    "poetry": wheel("poetry", "poetry", POETRY, script="poetry"),
    "poetry-plugin-export": wheel("poetry-plugin-export", "poetry_plugin_export", ""),
    "pipenv": wheel("pipenv", "pipenv", PIPENV, script="pipenv"),
    "setuptools": wheel("setuptools", "setuptools", LEGACY, path="setuptools/build_meta.py", version="80.0"),
    "mysqlclient": source(
        "mysqlclient",
        {
            "PKG-INFO": "Metadata-Version: 2.1\nName: mysqlclient\nVersion: 1.0\n",
            "pyproject.toml": "[build-system]\nrequires = []\nbuild-backend = 'backend'\nbackend-path = ['.']\n"
            "[project]\nname = 'mysqlclient'\nversion = '1.0'\n",
            "backend.py": NO_COMPILER,
        },
    ),
}


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        wanted = CREDENTIALS and "Basic " + base64.b64encode(CREDENTIALS.encode()).decode()
        if wanted and self.headers.get("Authorization") != wanted:
            return self.answer(401, b"", {"WWW-Authenticate": 'Basic realm="packages"'})
        parts = [part for part in self.path.split("/") if part]
        found = PACKAGES.get(parts[1]) if len(parts) > 1 and parts[0] in ("simple", "files") else None
        if found is None:
            return self.answer(404, b"")
        if parts[0] == "files":
            return self.answer(200, found[1])
        link = f'<!DOCTYPE html><a href="/files/{parts[1]}/{found[0]}">{found[0]}</a>'
        return self.answer(200, link.encode(), {"Content-Type": "text/html"})

    def answer(self, status, body, headers=()):
        self.send_response(status)
        for name, value in dict(headers).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_HEAD = do_GET

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_address[1], flush=True)
threading.Thread(target=server.serve_forever, daemon=True).start()
sys.stdin.read()
os._exit(0)
