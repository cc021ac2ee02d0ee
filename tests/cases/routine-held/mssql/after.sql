CREATE FUNCTION tidy(@said VARCHAR(80)) RETURNS VARCHAR(80) AS BEGIN RETURN TRIM(@said); END;
GO
CREATE TABLE users (
    id INTEGER NOT NULL PRIMARY KEY,
    email VARCHAR(80) NOT NULL CONSTRAINT df_email DEFAULT dbo.tidy('a'),
    short AS dbo.tidy(email),
    nick VARCHAR(80) DEFAULT ([dbo].[Tidy]('b')),
    CONSTRAINT ck_email CHECK (dbo.tidy(email) <> '')
);
