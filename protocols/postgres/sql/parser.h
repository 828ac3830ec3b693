/* The C side of PostgreSQL's own parser (libpg_query): text in, PostgreSQL's raw tree out. The tree
 * lives until sallyport_sql_free; one thread parses and frees it. No other file calls the library.
 * The text has passed precheck.h, which keeps what is quadratic away from the scanner. */
#pragma once

#ifdef __cplusplus
extern "C" {
#endif

struct sallyport_sql_tree {
  void* statements;  /* List* of RawStmt*; null also for a text without any statement */
  void* memory;      /* what holds the tree */
  char message[200]; /* why the text does not parse; empty when it does */
  int position;      /* of the error, in characters from 1; 0: unknown */
};

/* `text` ends with NUL. */
void sallyport_sql_parse(const char* text, struct sallyport_sql_tree* tree);
void sallyport_sql_free(struct sallyport_sql_tree* tree);

/* Null when the library's trees are those of the headers that we were built with, or what differs.
 * Asked once, at start. */
const char* sallyport_sql_self_test(void);

#ifdef __cplusplus
}
#endif
