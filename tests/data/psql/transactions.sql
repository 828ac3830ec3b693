-- Transactions, cursors, prepared statements, notices and errors with their places.
CREATE TEMP TABLE t (id int PRIMARY KEY, body text);
BEGIN;
INSERT INTO t VALUES (1, 'one');
SAVEPOINT a;
INSERT INTO t VALUES (1, 'again');
SELECT 'in a failed transaction';
ROLLBACK TO a;
INSERT INTO t VALUES (2, 'two');
RELEASE a;
COMMIT;
SELECT * FROM t ORDER BY id;
BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY;
SHOW transaction_isolation;
INSERT INTO t VALUES (3, 'read only?');
COMMIT;
BEGIN;
DECLARE c SCROLL CURSOR FOR SELECT g, repeat('x', g) FROM generate_series(1, 10) g;
FETCH 2 FROM c;
MOVE FORWARD 3 IN c;
FETCH BACKWARD 1 FROM c;
FETCH LAST FROM c;
CLOSE c;
FETCH 1 FROM c;
ROLLBACK;
BEGIN;
DECLARE held CURSOR WITH HOLD FOR SELECT * FROM t ORDER BY id;
COMMIT;
FETCH ALL FROM held;
CLOSE held;
PREPARE p (int) AS SELECT body FROM t WHERE id = $1;
EXECUTE p(1);
EXECUTE p(7);
EXECUTE p('x');
DEALLOCATE p;
EXECUTE p(1);
\set FETCH_COUNT 3
SELECT g AS number FROM generate_series(1, 8) g;
\set FETCH_COUNT 0
DO $$ BEGIN RAISE NOTICE 'a notice'; RAISE WARNING 'a warning' USING HINT = 'a hint', DETAIL = 'a detail'; END $$;
DO $$ BEGIN RAISE EXCEPTION 'an exception' USING ERRCODE = 'P0042'; END $$;
SELECT no_such_column FROM t;
SELECT 1 +;
SELEC 1;
SELECT * FROM no_such_table;
SELECT 1/0 FROM t;
\set VERBOSITY verbose
SELECT 'x'::int;
\set VERBOSITY default
\errverbose
SET client_min_messages = error;
ALTER TABLE IF EXISTS never_there ADD x int;
RESET client_min_messages;
LISTEN birds;
NOTIFY birds, 'sparrow';
UNLISTEN birds;
EXPLAIN (COSTS off) SELECT * FROM t WHERE id = 1;
SELECT 1 AS "A ""quoted"" name", E'two\nlines' AS text, NULL AS nothing;
BEGIN;
\echo :SERVER_VERSION_NUM :ERROR :SQLSTATE :ROW_COUNT
COMMIT AND CHAIN;
ROLLBACK;
