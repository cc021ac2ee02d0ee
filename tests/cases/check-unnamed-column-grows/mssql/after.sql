CREATE TABLE [item] (
	[id] INTEGER NOT NULL IDENTITY,
	[code] VARCHAR(60) NULL,
	PRIMARY KEY ([id]),
	CHECK ([code] <> ''),
	CHECK (len([code]) > 2)
);
