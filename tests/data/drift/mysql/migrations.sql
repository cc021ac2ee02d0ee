CREATE TABLE users (
  id INT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  email VARCHAR(80) NOT NULL,
  name VARCHAR(60),
  mood ENUM ('good', 'bad') DEFAULT 'good',
  born DATE,
  UNIQUE KEY uq_users_email (email),
  KEY ix_users_name (name),
  CONSTRAINT ck_users_name CHECK (name <> '')
);

CREATE TABLE posts (
  id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  user_id INT NOT NULL,
  title VARCHAR(200) NOT NULL DEFAULT '',
  words INT AS (CHAR_LENGTH(title)) STORED,
  CONSTRAINT fk_posts_user FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
) COMMENT = 'what users write';

CREATE VIEW titles AS SELECT title FROM posts;

CREATE TABLE log (id INT NOT NULL, line TEXT) PARTITION BY RANGE (id) (PARTITION p0 VALUES LESS THAN (10), PARTITION p1 VALUES LESS THAN (20));
