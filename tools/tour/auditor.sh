# What a security reviewer can prove. Sourced by tools/demo.

# Changes one byte of a stored event in the file itself.
flip_one_byte() {
  python3 - "$1" "$2" <<'PYTHON'
import sqlite3
import sys

path, event = sys.argv[1], int(sys.argv[2])
with sqlite3.connect(path) as database:
    leaf = database.execute("SELECT bytes FROM leaf WHERE n = ?", (event,)).fetchone()[0]
database.close()
data = bytearray(open(path, "rb").read())
at = data.index(leaf) + len(leaf) // 2
data[at] ^= 1
open(path, "wb").write(data)
print(f"byte {at} of {path}: {data[at] ^ 1:#04x} became {data[at]:#04x}")
PYTHON
}

walk_auditor() {
  step 'What the auditor can prove'
  try "sallyport audit verify --config $config"
  expect_status 0 'the record holds'
  try "sallyport audit snapshot --config $config --out copy.db && sallyport audit verify --store sqlite:copy.db"
  expect_status 0 'and so does a copy'
  try "flip_one_byte copy.db $denied"
  try "sallyport audit verify --store sqlite:copy.db"
  expect_status 1 'one changed byte breaks it'
  expect "event $denied\\b" 'and the event is named'
  try 'grep -laFf api.key broker/data/* broker/log'
  expect_status 1 "the API's key is nowhere in the store or the log"
}
