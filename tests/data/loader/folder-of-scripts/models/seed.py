raise SystemExit("this fills a database, and is not to be run")
