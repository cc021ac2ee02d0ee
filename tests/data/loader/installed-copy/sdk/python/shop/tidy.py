import tools

from shop.db.models import Basket
