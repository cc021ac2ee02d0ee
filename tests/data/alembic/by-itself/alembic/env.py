import psycopg2

psycopg2.connect("host=nowhere.invalid password=hunter2")
