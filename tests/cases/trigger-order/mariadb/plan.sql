-- Create "again" trigger on table: "users"
CREATE TRIGGER again BEFORE UPDATE ON users FOR EACH ROW SET NEW.email = LOWER(NEW.email);
-- Create "trimmed" trigger on table: "users"
CREATE TRIGGER trimmed BEFORE INSERT ON users FOR EACH ROW SET NEW.email = TRIM(NEW.email);
-- Create "checked" trigger on table: "users"
CREATE TRIGGER checked BEFORE INSERT ON users FOR EACH ROW FOLLOWS `trimmed` SET NEW.email = CONCAT(NEW.email, ' FOR EACH ROW');
-- Create "lowered" trigger on table: "users"
CREATE TRIGGER lowered BEFORE INSERT ON users FOR EACH ROW FOLLOWS `checked` SET NEW.email = LOWER(NEW.email);
