-- add column "nick"
ALTER TABLE users ADD COLUMN nick TEXT

-- drop column "born"
ALTER TABLE users DROP COLUMN born

-- drop index "ix_users_name"
DROP INDEX ix_users_name

-- add index "ix_posts_title"
CREATE INDEX ix_posts_title ON posts (title)

-- index "ix_users_name"
DROP INDEX ix_users_name; CREATE INDEX ix_users_name ON users (name, email)

-- junk
CREATE TABLE junk (a INTEGER)

-- junk
CREATE TABLE junk (a INTEGER REFERENCES users (id), b TEXT UNIQUE)
