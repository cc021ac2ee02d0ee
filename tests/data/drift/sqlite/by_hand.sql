-- add column "nick"
ALTER TABLE users ADD COLUMN nick TEXT

-- add column "seen"
ALTER TABLE users ADD COLUMN seen INTEGER NOT NULL DEFAULT 0

-- drop column "born"
ALTER TABLE users DROP COLUMN born

-- add column "surname"
ALTER TABLE users RENAME COLUMN born TO surname

-- add column "short"
ALTER TABLE users ADD COLUMN short TEXT GENERATED ALWAYS AS (substr(email, 1, 3)) VIRTUAL

-- add column "boss"
ALTER TABLE users ADD COLUMN boss INTEGER REFERENCES users (id) ON DELETE SET NULL

-- add column "mood"
ALTER TABLE users ADD COLUMN mood TEXT COLLATE NOCASE CHECK (mood IN ('good', 'bad'))

-- drop index "ix_users_name"
DROP INDEX ix_users_name

-- add index "ix_posts_title"
CREATE INDEX ix_posts_title ON posts (title)

-- add index "uq_posts_title"
CREATE UNIQUE INDEX uq_posts_title ON posts (title)

-- add index "ix_lower"
CREATE INDEX ix_lower ON users (lower(email) DESC)

-- add index "ix_some"
CREATE INDEX ix_some ON posts (user_id) WHERE title <> ''

-- index "ix_users_name"
DROP INDEX ix_users_name; CREATE INDEX ix_users_name ON users (name, email)

-- index "ix_users_name"
DROP INDEX ix_users_name; CREATE UNIQUE INDEX ix_users_name ON users (name COLLATE NOCASE)

-- junk
CREATE TABLE junk (a INTEGER)

-- junk
CREATE TABLE junk (a INTEGER REFERENCES users (id), b TEXT UNIQUE)

-- junk
CREATE TABLE junk (a TEXT PRIMARY KEY, b BLOB CHECK (length(b) < 9)) STRICT, WITHOUT ROWID

-- posts
CREATE TABLE new (id INTEGER NOT NULL PRIMARY KEY, user_id INTEGER NOT NULL, title VARCHAR(200) DEFAULT '' NOT NULL); DROP VIEW titles; DROP TABLE posts; ALTER TABLE new RENAME TO posts; CREATE VIEW titles AS SELECT title FROM posts

-- posts
DROP VIEW titles; ALTER TABLE posts RENAME TO articles; CREATE VIEW titles AS SELECT title FROM articles

-- titles
DROP VIEW titles

-- titles
DROP VIEW titles; CREATE VIEW titles AS SELECT id, title FROM posts

-- stamp
CREATE TRIGGER stamp AFTER INSERT ON posts BEGIN UPDATE posts SET title = 'new' WHERE id = NEW.id; END
