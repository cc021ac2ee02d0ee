CREATE EXTENSION citext;
CREATE EXTENSION btree_gist;
CREATE TABLE users (id integer PRIMARY KEY, email varchar(80) NOT NULL, nick citext);
CREATE TABLE rooms (id integer PRIMARY KEY, room integer, during tsrange, CONSTRAINT free EXCLUDE USING gist (room WITH =, during WITH &&));
