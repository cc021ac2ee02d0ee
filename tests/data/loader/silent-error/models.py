class Silent(Exception):
    def __str__(self):
        raise ValueError("nothing to say")


raise Silent
