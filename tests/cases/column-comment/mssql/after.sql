CREATE TABLE item (
    id INTEGER NOT NULL IDENTITY,
    name VARCHAR(30) NOT NULL,
    gains INTEGER,
    changes INTEGER,
    loses INTEGER,
    PRIMARY KEY (id)
);

EXEC sp_addextendedproperty 'MS_Description', N'It''s 100%: "new" \
 second line', 'schema', dbo, 'table', item, 'column', gains;

EXEC sp_addextendedproperty 'MS_Description', N'new', 'schema', dbo, 'table', item, 'column', changes;
