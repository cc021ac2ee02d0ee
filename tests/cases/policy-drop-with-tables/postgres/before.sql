CREATE TABLE m (id integer PRIMARY KEY, uid integer);
CREATE TABLE t (id integer PRIMARY KEY, o integer);
CREATE POLICY pol ON t USING (EXISTS (SELECT 1 FROM m WHERE m.uid = t.o));
CREATE TABLE kept (id integer PRIMARY KEY);
