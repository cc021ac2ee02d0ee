CREATE TABLE part (
	id SERIAL NOT NULL, 
	PRIMARY KEY (id)
);

ALTER TABLE part RENAME TO item;

ALTER INDEX part_pkey RENAME TO item_pkey;

