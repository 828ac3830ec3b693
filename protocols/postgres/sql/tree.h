// PostgreSQL's node structs for C++, without the macros by which its headers redirect the standard
// library. Only the .cc files of this folder that read the tree include it.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

// The name of a type there and of half the variables here.
#define text sallyport_postgres_text
extern "C" {
#include <postgres.h>
// postgres.h comes first.
#include <nodes/parsenodes.h>
#include <nodes/pg_list.h>
#include <nodes/primnodes.h>
#include <nodes/value.h>
}

#undef text
#undef printf
#undef fprintf
#undef vprintf
#undef vfprintf
#undef sprintf
#undef vsprintf
#undef snprintf
#undef vsnprintf
#undef strerror
#undef strerror_r
#undef Min
#undef Max
#undef Abs
#undef _
#undef gettext

namespace sallyport::postgres::sql {

// A node as the struct that its tag says it is.
template <class T>
const T* as(const void* node) {
  return static_cast<const T*>(node);
}

inline std::string_view text_of(const char* text) { return text ? std::string_view(text) : ""; }

// The text of a String node; empty for every other.
inline std::string_view string_of(const void* node) {
  const auto* any = as<Node>(node);
  return any && any->type == T_String ? text_of(as<String>(node)->sval) : std::string_view();
}

// Walks the items of a PostgreSQL list, which may be null.
class Items {
 public:
  explicit Items(const List* list) : list_(list) {}
  struct Iterator {
    const ListCell* cell;
    const void* operator*() const { return cell->ptr_value; }
    Iterator& operator++() { return ++cell, *this; }
    bool operator!=(const Iterator& other) const { return cell != other.cell; }
  };
  Iterator begin() const { return {list_ ? list_->elements : nullptr}; }
  Iterator end() const { return {list_ ? list_->elements + list_->length : nullptr}; }
  std::size_t size() const { return list_ ? static_cast<std::size_t>(list_->length) : 0; }
  const void* operator[](std::size_t i) const { return list_->elements[i].ptr_value; }

 private:
  const List* list_;
};

}  // namespace sallyport::postgres::sql
