CREATE TRIGGER ins_sum BEFORE INSERT ON account
  FOR EACH ROW SET @sum = @sum + NEW.amount;

CREATE TRIGGER upd_check BEFORE UPDATE ON account
FOR EACH ROW FOLLOWS ins_sum
BEGIN
  IF NEW.amount < 0 THEN
    SET NEW.amount = 0;
  ELSEIF NEW.amount > 100 THEN
    SET NEW.amount = IF(NEW.vip, NEW.amount, 100);
  ELSE IF NOT EXISTS (SELECT 1 FROM vip) THEN
      SET NEW.note = CASE WHEN NEW.`end` = 1 THEN 'x;' ELSE REPEAT('y', 3) END;
    END IF;
  END IF;
END;

CREATE TRIGGER bare AFTER DELETE ON account FOR EACH ROW
IF OLD.amount > 0 THEN
  INSERT INTO log VALUES (OLD.id);
  INSERT INTO log VALUES (OLD.id);
END IF;
CREATE TABLE begin_end (begin INT, end INT);
SELECT begin, end FROM begin_end;
UPDATE begin_end SET begin = 1, end = 2;
