CREATE TABLE [node] (
	[id] INTEGER NOT NULL IDENTITY,
	[parent] INTEGER NULL,
	[rank] INTEGER NULL,
	PRIMARY KEY ([id]),
	CONSTRAINT [two] FOREIGN KEY([parent]) REFERENCES [node] ([id]),
	CONSTRAINT [three] CHECK ([rank] > 0),
	CONSTRAINT [four] UNIQUE ([rank], [parent])
);

CREATE INDEX [ix_b] ON [node] ([rank]);

CREATE INDEX [ix_a] ON [node] ([parent]);
