// The usual operations of node-postgres; prints one word for each that went as it should.
import pg from "pg";

const settings = {
  host: "127.0.0.1", port: Number(process.env.PGPORT), database: "orders-db", user: "x",
  password: process.env.PGPASSWORD, ssl: { rejectUnauthorized: false },
};
const pool = new pg.Pool({ ...settings, max: 4 });
const named = { name: "by-id", text: "SELECT name FROM customers WHERE id = $1" };
const rows = await Promise.all([7, 7, 7, 7, 7, 7].map((id) => pool.query({ ...named, values: [id] })));
console.log(rows.at(-1).rows[0].name.replace("name ", "name:"));
console.log((await pool.query("SELECT * FROM customers")).rowCount);
console.log(await pool.query("DROP TABLE customers").then(() => "dropped", (refused) => refused.code));
console.log((await pool.query("SELECT 'still' AS word")).rows[0].word);
const client = await pool.connect();
await client.query("BEGIN");
await client.query("INSERT INTO notes VALUES ($1, $2)", [1, "x"]);
await client.query("ROLLBACK");
console.log("rolled:" + (await client.query("SELECT count(*) FROM notes")).rows[0].count);
await client.query("BEGIN");
await client.query("INSERT INTO notes VALUES ($1, $2)", [2, "kept"]);
await client.query("SAVEPOINT a");
await client.query("DROP TABLE notes").catch(() => client.query("ROLLBACK TO a"));
await client.query("COMMIT");
console.log("kept:" + (await client.query("DELETE FROM notes")).rowCount);
client.release();
await pool.end();
console.log("bye");
