CREATE TABLE [node] (
	[id] INTEGER NOT NULL IDENTITY,
	[parent] INTEGER NULL,
	[rank] INTEGER NULL,
	PRIMARY KEY ([id]),
	CONSTRAINT [one] FOREIGN KEY([parent]) REFERENCES [node] ([id]),
	CONSTRAINT [two] CHECK ([rank] > 0),
	CONSTRAINT [three] UNIQUE ([rank], [parent])
);

CREATE INDEX [ix_a] ON [node] ([rank]);

CREATE INDEX [ix_b] ON [node] ([parent]);
