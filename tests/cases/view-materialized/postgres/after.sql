CREATE TABLE users (id integer PRIMARY KEY, email varchar(80) NOT NULL, active boolean NOT NULL);
CREATE MATERIALIZED VIEW user_counts AS SELECT active, count(*) AS number FROM users GROUP BY active;
CREATE UNIQUE INDEX user_counts_active ON user_counts (active);
COMMENT ON MATERIALIZED VIEW user_counts IS 'refreshed at night';
