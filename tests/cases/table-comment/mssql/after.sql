CREATE TABLE gains (
    id INTEGER NOT NULL IDENTITY,
    PRIMARY KEY (id)
);

EXEC sp_addextendedproperty 'MS_Description', N'It''s 100% new: "quoted" \ done', 'schema', dbo, 'table', gains;

CREATE TABLE changes (
    id INTEGER NOT NULL IDENTITY,
    PRIMARY KEY (id)
);

EXEC sp_addextendedproperty 'MS_Description', N'new
words', 'schema', dbo, 'table', changes;

CREATE TABLE loses (
    id INTEGER NOT NULL IDENTITY,
    PRIMARY KEY (id)
);
