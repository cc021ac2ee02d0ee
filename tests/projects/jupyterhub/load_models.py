"""Prints the tables of an installed JupyterHub, as a team would that keeps its models in a package."""

import sys

from atlas_provider_sqlalchemy.ddl import print_ddl
from jupyterhub.orm import User

print_ddl(sys.argv[1], [User])
