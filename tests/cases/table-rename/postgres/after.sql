CREATE TABLE article (
    id SERIAL NOT NULL,
    title VARCHAR(80) NOT NULL,
    PRIMARY KEY (id)
);

CREATE INDEX ix_article_title ON article (title);
