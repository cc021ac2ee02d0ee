CREATE TABLE item (
    id INTEGER NOT NULL AUTO_INCREMENT,
    name VARCHAR(30) NOT NULL,
    kind ENUM('small','large') NOT NULL DEFAULT 'small',
    PRIMARY KEY (id)
);
