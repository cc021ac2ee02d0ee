CREATE TYPE dbo.code FROM varchar(10) NOT NULL;
CREATE TABLE item (id dbo.code NOT NULL PRIMARY KEY);
