CREATE TABLE item (
    id INTEGER NOT NULL IDENTITY,
    name VARCHAR(30) NOT NULL,
    gains INTEGER,
    changes INTEGER,
    loses INTEGER,
    PRIMARY KEY (id)
);

EXEC sp_addextendedproperty 'MS_Description', N'old', 'schema', dbo, 'table', item, 'column', changes;

EXEC sp_addextendedproperty 'MS_Description', N'going', 'schema', dbo, 'table', item, 'column', loses;
