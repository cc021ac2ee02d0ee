CREATE TABLE [users] (
	[id] INTEGER NOT NULL IDENTITY,
	[email] NVARCHAR(100) NULL,
	[name] NVARCHAR(100) NULL,
	PRIMARY KEY ([id]),
	CONSTRAINT [uq_email] UNIQUE ([email]),
	CONSTRAINT [ck_email] CHECK ([email] <> N'')
);

CREATE INDEX [ix_email] ON [users] ([id]) INCLUDE ([email]);

CREATE TABLE [posts] (
	[id] INTEGER NOT NULL IDENTITY,
	[user_id] INTEGER NULL,
	PRIMARY KEY ([id]),
	FOREIGN KEY([user_id]) REFERENCES [users] ([id])
);
