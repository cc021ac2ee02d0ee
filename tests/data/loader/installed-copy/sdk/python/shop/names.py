BASKETS = "basket"
