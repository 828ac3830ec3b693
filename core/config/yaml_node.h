// What a Node holds. Only the files of this folder that make or read nodes include it.
#pragma once

#include "core/config/yaml.h"

namespace sallyport::config {

struct Node::Impl {
  Kind kind = Kind::kNull;
  Position position;
  std::shared_ptr<const std::string> file;  // shared by all nodes of a document
  std::string scalar;
  bool quoted = false;
  bool repeated_keys = false;
  std::vector<std::shared_ptr<Impl>> items;  // shared with the Nodes handed out
  std::vector<std::pair<std::shared_ptr<Impl>, std::shared_ptr<Impl>>> entries;  // likewise
};

// "a map", "a list", "nothing", "text": for messages.
std::string_view kind_name(Node::Kind kind);

}  // namespace sallyport::config
