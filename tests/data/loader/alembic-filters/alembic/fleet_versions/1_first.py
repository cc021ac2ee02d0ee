raise SystemExit("a revision is no model")
__tablename__ = "old"
