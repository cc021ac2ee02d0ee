-- Create index "ix_users_email" to table: "users"
CREATE UNIQUE INDEX `ix_users_email` ON `users` (`email`);
