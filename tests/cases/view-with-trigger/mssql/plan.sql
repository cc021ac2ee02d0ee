-- Drop "i" trigger on table: "v"
DROP TRIGGER [dbo].[i];
-- Drop "v" view
DROP VIEW [dbo].[v];
-- Create "v" view
EXEC (N'CREATE VIEW [dbo].[v] WITH SCHEMABINDING AS SELECT id, a FROM dbo.t');
-- Create "i" trigger on table: "v"
EXEC (N'CREATE TRIGGER [dbo].[i] ON [dbo].[v] INSTEAD OF INSERT AS
BEGIN
    SET NOCOUNT ON;
    INSERT INTO t (id) SELECT id FROM inserted;
END');
