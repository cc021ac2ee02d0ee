from app.settings import URL
