#include "tools/broker/sources.h"

namespace sallyport::broker {

SwappedConfig::SwappedConfig(std::shared_ptr<const config::Config> config)
    : indexed_(index(std::move(config))) {}

std::shared_ptr<const SwappedConfig::Indexed> SwappedConfig::index(
    std::shared_ptr<const config::Config> config) {
  auto out = std::make_shared<Indexed>();
  for (const auto& target : config->targets) out->targets[target->name] = target;
  out->config = std::move(config);
  return out;
}

std::shared_ptr<const Target> SwappedConfig::find(std::string_view name) const {
  auto indexed = indexed_.get();
  auto it = indexed->targets.find(name);
  return it == indexed->targets.end() ? nullptr : it->second;
}

std::vector<std::shared_ptr<const Target>> SwappedConfig::all() const { return current()->targets; }

std::shared_ptr<const config::Config> SwappedConfig::current() const {
  return indexed_.get()->config;
}

void SwappedConfig::set(std::shared_ptr<const config::Config> config) {
  indexed_.set(index(std::move(config)));
}

}  // namespace sallyport::broker
