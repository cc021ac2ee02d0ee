-- Drop "people" synonym
DROP SYNONYM [dbo].[people];
-- Create "people" synonym
CREATE SYNONYM [dbo].[people] FOR dbo.others;
