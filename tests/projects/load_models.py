"""Prints the tables of an installed package, as a team would that keeps its models in one.

Arguments: the dialect, the package, and a directory with another version of it, which may be empty.
"""

import importlib
import sys

from atlas_provider_sqlalchemy.ddl import print_ddl

MODELS = {
    "jupyterhub": ("jupyterhub.orm", "User"),
    "optuna": ("optuna.storages._rdb.models", "StudyModel"),
}


def model(package, older=""):
    """One of the package's models."""
    if older:
        sys.path.insert(0, older)
    module, name = MODELS[package]
    return getattr(importlib.import_module(module), name)


if __name__ == "__main__":
    dialect, package, older = sys.argv[1:]
    print_ddl(dialect, [model(package, older)])
