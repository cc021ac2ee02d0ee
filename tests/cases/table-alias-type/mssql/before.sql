CREATE TYPE dbo.code FROM varchar(10) NOT NULL;
