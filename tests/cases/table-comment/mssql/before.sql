CREATE TABLE gains (
    id INTEGER NOT NULL IDENTITY,
    PRIMARY KEY (id)
);

CREATE TABLE changes (
    id INTEGER NOT NULL IDENTITY,
    PRIMARY KEY (id)
);

EXEC sp_addextendedproperty 'MS_Description', N'old words', 'schema', dbo, 'table', changes;

CREATE TABLE loses (
    id INTEGER NOT NULL IDENTITY,
    PRIMARY KEY (id)
);

EXEC sp_addextendedproperty 'MS_Description', N'going', 'schema', dbo, 'table', loses;
