CREATE TABLE item (
	id INTEGER NOT NULL, 
	price INTEGER NOT NULL, 
	label TEXT, 
	twice INTEGER GENERATED ALWAYS AS (price * 2) STORED, 
	PRIMARY KEY (id), 
	CONSTRAINT positive CHECK (item.price > 0), 
	CHECK ("item"."label" <> 'item.label')
);

