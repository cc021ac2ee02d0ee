CREATE TABLE users (id integer PRIMARY KEY, email text NOT NULL);
ALTER TABLE users ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_row ON users FOR SELECT USING (email = current_user);
CREATE POLICY ids ON users USING (id > 1) WITH CHECK (id > 2);
