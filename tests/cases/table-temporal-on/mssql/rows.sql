INSERT INTO [users] ([name]) VALUES (N'Ada'), (N'Grace');
