CREATE TABLE [item] (
	[id] INTEGER NOT NULL IDENTITY,
	[code] VARCHAR(60) NULL,
	[number] BIGINT NOT NULL,
	[part] BIGINT NULL,
	PRIMARY KEY ([id]),
	CONSTRAINT [uq_item_number] UNIQUE ([number]),
	CONSTRAINT [ck_item_part] CHECK ([part] > 0)
);

CREATE UNIQUE INDEX [ix_item_number] ON [item] ([number]);

CREATE INDEX [ix_item_code] ON [item] ([id]) INCLUDE ([code]);
