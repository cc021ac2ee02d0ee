CREATE TABLE article (
    id INTEGER NOT NULL IDENTITY,
    title VARCHAR(80) NOT NULL,
    PRIMARY KEY (id)
);

CREATE INDEX ix_article_title ON article (title);
