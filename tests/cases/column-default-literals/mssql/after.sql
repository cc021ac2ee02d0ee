CREATE TABLE item (
    id INTEGER NOT NULL IDENTITY,
    name VARCHAR(30) NOT NULL,
    quote VARCHAR(20) DEFAULT 'it''s "so"',
    [percent] VARCHAR(20) DEFAULT '100% %s %%',
    back VARCHAR(20) DEFAULT 'a\b\n',
    empty VARCHAR(20) DEFAULT '',
    neg INTEGER DEFAULT '-1',
    dec NUMERIC(5, 2) DEFAULT '1.50',
    yes BIT DEFAULT 1,
    no BIT DEFAULT 0,
    semi VARCHAR(20) DEFAULT 'a;b--c/*d',
    paren VARCHAR(20) DEFAULT '(x) CHECK (y)',
    nul VARCHAR(20) DEFAULT NULL,
    uni VARCHAR(20) DEFAULT 'żółw 🐢',
    PRIMARY KEY (id)
);
