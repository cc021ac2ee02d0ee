-- Modify "session" table
ALTER TABLE `session` DROP INDEX `ix_session_seen`, DROP INDEX `ix_session_token`, ADD INDEX `ix_session_seen` USING BTREE (`seen`), ADD INDEX `ix_session_token` (`token`);
