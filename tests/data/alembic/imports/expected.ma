$ trueup migrate import alembic --to file://sql
Warning: revision `b2` reads rows: what it does to rows that the history did not write is in no file
Wrote sql: 6 files for 7 revisions, which build the same schema
Next: say `migrations: sql` instead of the Alembic history, and `trueup check` compares the models with these files; databases that Alembic brought to its head are at the last one
exit code 0
$ trueup migrate import alembic --to file://sql
Error: sql is there already
Hint: name a directory that is not, or an empty one: `--to file://migrations/sql`
exit code 2
$ trueup migrate import alembic --baseline --to file://one
Warning: each of the revisions `a1`, `b2`, `c4`, `e6`, `f7` writes rows, and the baseline is the schema alone: add to it what a new database needs, or leave out `--baseline`
Wrote one: 1 file for 7 revisions, which build the same schema
Next: say `migrations: one` instead of the Alembic history, and `trueup check` compares the models with these files; databases that Alembic brought to its head are at the last one
exit code 0
$ trueup check --dir file://sql
In sync: the models match sql (6 migrations)

exit code 0
$ trueup check --dir file://one
In sync: the models match one (1 migration)

exit code 0
$ trueup migrate import alembic --dir file://sql --to file://two
Error: the migrations in sql are SQL already
Hint: name the Alembic history: `--dir alembic://alembic.ini`
exit code 2
== sql/20240203101112_harbours_and_the_two_that_are_there_from_the_start.sql
-- trueup:baseline a1

CREATE TABLE harbour (
	id INTEGER NOT NULL AUTO_INCREMENT, 
	name VARCHAR(40) NOT NULL, 
	PRIMARY KEY (id)
);

INSERT INTO harbour (id, name) VALUES (1, 'St. John\'s 100%');

INSERT INTO harbour (id, name) VALUES (2, 'Kiel \\ Holtenau');
== sql/20240204101112_berths_a_harbour_has_a_day_on_which_it_opened.sql
-- trueup:baseline b2

ALTER TABLE harbour ADD COLUMN opened DATETIME DEFAULT CURRENT_TIMESTAMP;

CREATE TABLE berth (
	id INTEGER NOT NULL AUTO_INCREMENT, 
	harbour_id INTEGER NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(harbour_id) REFERENCES harbour (id)
);

UPDATE harbour SET name = 'Kiel' WHERE id > 1;
== sql/20240220080000_tides_as_they_were.sql
-- trueup:baseline c4

CREATE TABLE tide (
	id INTEGER NOT NULL AUTO_INCREMENT, 
	height INTEGER NOT NULL, 
	PRIMARY KEY (id)
);

INSERT INTO tide (id, height) VALUES (1,  -3);

INSERT INTO tide (id, height) VALUES (2, 4);

UPDATE tide SET height = height - 1 WHERE id = 7;
== sql/20240301080000_pilots.sql
-- trueup:baseline d5

CREATE TABLE pilot (
	id INTEGER NOT NULL AUTO_INCREMENT, 
	PRIMARY KEY (id)
);
== sql/20240302080000_lengths_found_without_a_lock.sql
-- trueup:baseline e6

UPDATE harbour SET name = 'Kiel' WHERE id = 2 -- as it was
;

ALTER TABLE berth ADD COLUMN length INTEGER;

CREATE INDEX ix_berth_length ON berth (length);
== sql/20240303080000_longer_names_of_harbours_that_berths_refer_to.sql
-- trueup:baseline f7

INSERT INTO berth (id, harbour_id) VALUES (1, 1);

ALTER TABLE harbour MODIFY name VARCHAR(80) NOT NULL;
== one/20240303080000_baseline.sql
-- trueup:baseline f7

-- Create "harbour" table
CREATE TABLE `harbour` (
  `id` int NOT NULL AUTO_INCREMENT,
  `name` varchar(80) NOT NULL,
  `opened` datetime NULL DEFAULT current_timestamp(),
  PRIMARY KEY (`id`)
) CHARSET utf8mb4 COLLATE utf8mb4_general_ci AUTO_INCREMENT 3;
-- Create "berth" table
CREATE TABLE `berth` (
  `id` int NOT NULL AUTO_INCREMENT,
  `harbour_id` int NOT NULL,
  `length` int NULL,
  PRIMARY KEY (`id`),
  INDEX `harbour_id` (`harbour_id`),
  INDEX `ix_berth_length` (`length`),
  CONSTRAINT `berth_ibfk_1` FOREIGN KEY (`harbour_id`) REFERENCES `harbour` (`id`) ON UPDATE RESTRICT ON DELETE RESTRICT
) CHARSET utf8mb4 COLLATE utf8mb4_general_ci AUTO_INCREMENT 2;
-- Create "pilot" table
CREATE TABLE `pilot` (
  `id` int NOT NULL AUTO_INCREMENT,
  PRIMARY KEY (`id`)
) CHARSET utf8mb4 COLLATE utf8mb4_general_ci;
-- Create "tide" table
CREATE TABLE `tide` (
  `id` int NOT NULL AUTO_INCREMENT,
  `height` int NOT NULL,
  PRIMARY KEY (`id`)
) CHARSET utf8mb4 COLLATE utf8mb4_general_ci AUTO_INCREMENT 3;
