CREATE TABLE [item] (
	[id] INTEGER NOT NULL IDENTITY,
	[name] VARCHAR(30) NULL,
	[lower_name] AS (lower([name])),
	PRIMARY KEY ([id])
);

EXECUTE sp_addextendedproperty 'MS_Description', 'for look-ups', 'schema', 'dbo', 'table', 'item', 'column', 'lower_name';
