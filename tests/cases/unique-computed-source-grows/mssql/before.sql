CREATE TABLE [item] (
	[id] INTEGER NOT NULL IDENTITY,
	[code] VARCHAR(30) NULL,
	[lower_code] AS (lower([code])) PERSISTED,
	PRIMARY KEY ([id]),
	CONSTRAINT [uq_code] UNIQUE ([code], [lower_code])
);
