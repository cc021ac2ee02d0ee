import os

URL = os.environ["APP_DATABASE_URL"]
