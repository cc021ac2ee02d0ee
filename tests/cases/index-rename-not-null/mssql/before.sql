CREATE TABLE [item] (
	[id] INTEGER NOT NULL IDENTITY,
	[code] VARCHAR(30) NULL,
	[number] INTEGER NULL,
	[part] INTEGER NULL,
	PRIMARY KEY ([id]),
	CONSTRAINT [uq_number] UNIQUE ([number]),
	CONSTRAINT [ck_part] CHECK ([part] > 0)
);

CREATE UNIQUE INDEX [ix_item] ON [item] ([number]);

CREATE INDEX [ix_code] ON [item] ([id]) INCLUDE ([code]);
