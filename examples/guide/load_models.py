# The guide's script mode: for projects whose models can't be imported file by file.
# In atlas.hcl: program = ["python3", "load_models.py"]
from atlas_provider_sqlalchemy.ddl import print_ddl

from db.models import User

print_ddl("postgresql", [User])
