// Ends of things when memory runs out. What must happen all the same (a record's refusal, the close
// of a connection, a session's end) is tried again: others give memory back in the meantime.
#pragma once

#include <new>

namespace sallyport {

// Repeats `action` while it fails for lack of memory. It must be one that can be repeated: nothing
// has changed when it throws, or what has changed is changed no further. False: given up.
template <class Action>
bool insist(Action action) noexcept {
  constexpr int kAttempts = 100;
  for (int i = 0; i < kAttempts; ++i) {
    try {
      action();
      return true;
    } catch (const std::bad_alloc&) {
      continue;
    } catch (...) {
      return false;
    }
  }
  return false;
}

// What OpenSSL refuses although its arguments are right, it refuses for lack of memory.
template <class T>
T* allocated(T* made) {
  if (made == nullptr) throw std::bad_alloc();
  return made;
}
inline void require_memory(bool done) {
  if (!done) throw std::bad_alloc();
}

}  // namespace sallyport
