CREATE TABLE [dbo].[item] (
    [id] [int] IDENTITY(1,1) NOT NULL,
    [qty] [int] NOT NULL CONSTRAINT [DF_item_qty] DEFAULT ((0)),
    [state] [nvarchar](10) NOT NULL DEFAULT (N'new'),
    [at] [datetime2](7) NULL DEFAULT (getdate()),
    [twice]  AS ([qty]*(2)),
 CONSTRAINT [PK_item] PRIMARY KEY CLUSTERED
(
    [id] ASC
)WITH (PAD_INDEX = OFF, STATISTICS_NORECOMPUTE = OFF, IGNORE_DUP_KEY = OFF, ALLOW_ROW_LOCKS = ON, ALLOW_PAGE_LOCKS = ON) ON [PRIMARY]
) ON [PRIMARY]
GO
ALTER TABLE [dbo].[item]  WITH CHECK ADD  CONSTRAINT [ck_item] CHECK  (([state]=N'old' OR [state]=N'new'))
GO
ALTER TABLE [dbo].[item] CHECK CONSTRAINT [ck_item]
GO
SET ANSI_PADDING ON
GO
CREATE NONCLUSTERED INDEX [ix_item] ON [dbo].[item]
(
    [state] ASC
)
WHERE ([qty]>(0))
WITH (PAD_INDEX = OFF, ONLINE = OFF) ON [PRIMARY]
GO
