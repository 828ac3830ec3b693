-- What psql itself asks the catalog, and definitions. Run through the broker and directly.
CREATE SCHEMA shop;
CREATE TABLE shop.items (id int PRIMARY KEY, name text NOT NULL, price numeric(8, 2) DEFAULT 1.50, tags text[]);
CREATE INDEX items_by_name ON shop.items (lower(name));
CREATE VIEW shop.cheap AS SELECT id, name FROM shop.items WHERE price < 2;
COMMENT ON TABLE shop.items IS 'things to sell';
CREATE FUNCTION shop.twice(n int) RETURNS int LANGUAGE sql AS 'SELECT n * 2';
CREATE TYPE shop.colour AS ENUM ('red', 'green');
\d shop.items
\d+ shop.cheap
\dt shop.*
\di shop.*
\dv shop.*
\df shop.*
\dT shop.*
\dn shop
\sf shop.twice
\x on
SELECT * FROM shop.items;
\x off
INSERT INTO shop.items (id, name, tags) VALUES (1, 'kite', '{a,"b c"}'), (2, 'ball', NULL) RETURNING *;
TABLE shop.cheap ORDER BY id;
SELECT shop.twice(id), 'red'::shop.colour FROM shop.items ORDER BY 1;
UPDATE shop.items SET price = 9 WHERE id = 2;
DELETE FROM shop.items WHERE name = 'nothing';
SELECT name, price FROM shop.items ORDER BY id \gset item_
\echo :item_name
SELECT name AS first, price FROM shop.items ORDER BY id LIMIT 1 \gset
\echo :first :price
SELECT g % 2 AS row, g % 3 AS col, count(*) FROM generate_series(1, 12) g GROUP BY 1, 2 ORDER BY 1, 2 \crosstabview
SELECT format('SELECT %s AS n', g) FROM generate_series(1, 3) g \gexec
SELECT id, name FROM shop.items WHERE id = 1 \gdesc
SELECT 1 AS one \; SELECT 2 AS two;
