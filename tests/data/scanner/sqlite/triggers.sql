CREATE TRIGGER IF NOT EXISTS log_update AFTER UPDATE OF begin, "end" ON tasks
WHEN new.end > CASE WHEN old.begin THEN old.end ELSE 0 END
BEGIN
  INSERT INTO log VALUES (new.id, CASE WHEN new.done THEN 'yes;' ELSE 'no' END);
  UPDATE tasks SET end = 1 WHERE begin = 2; -- end;
  SELECT end FROM tasks;
END;
CREATE TEMP TRIGGER short INSERT ON t BEGIN SELECT 1; END;
CREATE TABLE span (begin int, end int);
INSERT INTO span (begin, end) VALUES (1, 2);
BEGIN TRANSACTION;
DELETE FROM [odd;name] WHERE `a;b` = "c;d";
END TRANSACTION;
CREATE TRIGGER last AFTER DELETE ON t BEGIN
  DELETE FROM u;
END
