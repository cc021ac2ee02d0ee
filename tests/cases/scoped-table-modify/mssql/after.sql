CREATE TABLE item (
    id INTEGER NOT NULL IDENTITY,
    name NVARCHAR(80) NOT NULL,
    PRIMARY KEY (id)
);
EXEC sp_addextendedproperty 'MS_Description', N'things', 'schema', dbo, 'table', item;
