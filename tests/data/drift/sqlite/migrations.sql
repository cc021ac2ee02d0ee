CREATE TABLE users (
  id INTEGER NOT NULL PRIMARY KEY,
  email VARCHAR(80) NOT NULL,
  name VARCHAR(60),
  born DATE,
  CONSTRAINT uq_users_email UNIQUE (email),
  CONSTRAINT ck_users_name CHECK (name <> '')
);

CREATE INDEX ix_users_name ON users (name);

CREATE TABLE posts (
  id INTEGER NOT NULL PRIMARY KEY,
  user_id INTEGER NOT NULL CONSTRAINT fk_posts_user REFERENCES users (id) ON DELETE CASCADE,
  title VARCHAR(200) DEFAULT '' NOT NULL
);

CREATE VIEW titles AS SELECT title FROM posts;
