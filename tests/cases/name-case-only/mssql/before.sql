CREATE TABLE [Users] (
	[Id] INTEGER NOT NULL IDENTITY,
	[Email] NVARCHAR(100) NULL,
	PRIMARY KEY ([Id]),
	CONSTRAINT [UQ_Email] UNIQUE ([Email]),
	CONSTRAINT [CK_Email] CHECK ([Email] <> N'')
);

CREATE INDEX [IX_Email] ON [Users] ([Id]) INCLUDE ([Email]);

CREATE TABLE [posts] (
	[id] INTEGER NOT NULL IDENTITY,
	[user_id] INTEGER NULL,
	PRIMARY KEY ([id]),
	FOREIGN KEY([user_id]) REFERENCES [Users] ([Id])
);
