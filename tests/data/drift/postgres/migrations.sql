CREATE TYPE mood AS ENUM ('good', 'bad');

CREATE TABLE users (
  id serial PRIMARY KEY,
  email varchar(80) NOT NULL CONSTRAINT uq_users_email UNIQUE,
  name text,
  mood mood DEFAULT 'good',
  born date,
  CONSTRAINT ck_users_name CHECK (name <> '')
);

CREATE INDEX ix_users_name ON users (name);

CREATE TABLE posts (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  user_id integer NOT NULL CONSTRAINT fk_posts_user REFERENCES users (id) ON DELETE CASCADE,
  title varchar(200) NOT NULL DEFAULT '',
  words integer GENERATED ALWAYS AS (length(title)) STORED
);

COMMENT ON TABLE posts IS 'what users write';

CREATE VIEW titles AS SELECT title FROM posts;

CREATE TABLE log (at date NOT NULL, line text) PARTITION BY RANGE (at);

CREATE TABLE log_2024 PARTITION OF log FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
