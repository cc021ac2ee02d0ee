CREATE TABLE item (
    id INTEGER NOT NULL IDENTITY,
    name VARCHAR(30) NOT NULL,
    note VARCHAR(max),
    PRIMARY KEY (id)
);

EXEC sp_addextendedproperty 'MS_Description', N'what the customer said', 'schema', dbo, 'table', item, 'column', note;
