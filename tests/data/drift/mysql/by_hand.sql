-- add column "nick"
ALTER TABLE users ADD COLUMN nick TEXT

-- add column "seen"
ALTER TABLE users ADD COLUMN seen DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP

-- drop column "born"
ALTER TABLE users DROP COLUMN born

-- modify column "name"
ALTER TABLE users MODIFY name VARCHAR(60) NOT NULL

-- modify column "born"
ALTER TABLE users MODIFY born DATETIME

-- modify column "mood"
ALTER TABLE users MODIFY mood ENUM ('good', 'bad', 'so so') DEFAULT 'good'

-- modify column "mood"
ALTER TABLE users ALTER mood DROP DEFAULT

-- modify column "mood"
ALTER TABLE users ALTER mood SET DEFAULT 'bad'

-- drop index "ix_users_name"
DROP INDEX ix_users_name ON users

-- "ix_posts_title"
CREATE INDEX ix_posts_title ON posts (title)

-- index "ix_users_name"
ALTER TABLE users DROP KEY ix_users_name, ADD KEY ix_users_name (name, email)

-- "uq_users_email"
ALTER TABLE users DROP KEY uq_users_email

-- "ck_users_name"
ALTER TABLE users DROP CONSTRAINT ck_users_name

-- "ck_users_mood"
ALTER TABLE users ADD CONSTRAINT ck_users_mood CHECK (mood IS NOT NULL)

-- "fk_posts_user"
ALTER TABLE posts DROP FOREIGN KEY fk_posts_user; ALTER TABLE posts ADD CONSTRAINT fk_posts_user FOREIGN KEY (user_id) REFERENCES users (id)

-- "fk_posts_user"
ALTER TABLE posts DROP FOREIGN KEY fk_posts_user

-- comment
ALTER TABLE posts COMMENT = 'edited'

-- comment
ALTER TABLE users MODIFY email VARCHAR(80) NOT NULL COMMENT 'by hand'

-- collation
ALTER TABLE users MODIFY name VARCHAR(60) COLLATE utf8mb4_bin

-- junk
CREATE TABLE junk (a INT)
