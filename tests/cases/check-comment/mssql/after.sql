CREATE TABLE item (
    id INTEGER NOT NULL IDENTITY,
    name VARCHAR(30) NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT ck_item_id CHECK (id > 0)
);

EXEC sp_addextendedproperty 'MS_Description', N'never zero', 'schema', dbo, 'table', item, 'constraint', ck_item_id;
