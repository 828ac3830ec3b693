-- COPY in its formats, and large objects. :folder is a folder of the client's.
CREATE TEMP TABLE t (id int, body text, at date);
\copy t FROM STDIN
1	one	2026-01-02
2	\N	\N
3	a\tb\\c	2026-02-03
\.
SELECT * FROM t ORDER BY id;
COPY t TO STDOUT;
COPY t TO STDOUT (FORMAT csv, HEADER, FORCE_QUOTE (body));
COPY (SELECT id FROM t WHERE id > 1 ORDER BY id) TO STDOUT;
\set csv :folder '/t.csv'
\set binary :folder '/t.bin'
\set blob :folder '/blob'
\copy t TO PROGRAM 'cat >/dev/null'
\o :csv
COPY t TO STDOUT (FORMAT csv);
\o
CREATE TEMP TABLE u (LIKE t);
\set command '\\copy u FROM ' :'csv' ' (FORMAT csv)'
:command
\! sort "$FOLDER/t.csv"
COPY u FROM STDIN;
not a number	x	y
\.
COPY u FROM STDIN (FORMAT csv);
4,"four, and more",2026-04-04
5,five
\.
SELECT count(*) FROM u;
COPY no_such_table FROM STDIN;
1
\.
COPY t FROM STDIN \; SELECT 'behind the copy' AS text;
9	nine	2026-09-09
\.
SELECT count(*) FROM t;
\! head -c 100000 /dev/zero | tr '\0' 'z' > "$FOLDER/blob"
BEGIN;
\lo_import :blob
\echo :ROW_COUNT
SELECT length(lo_get(:LASTOID)), md5(lo_get(:LASTOID));
\lo_export :LASTOID :blob
\lo_unlink :LASTOID
COMMIT;
\! wc -c < "$FOLDER/blob"
