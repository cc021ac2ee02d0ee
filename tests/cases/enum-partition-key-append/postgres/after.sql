CREATE TYPE hue AS ENUM ('r', 'g', 'b');
CREATE TABLE part (id INTEGER, h hue) PARTITION BY LIST (h);
