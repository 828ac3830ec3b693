// Limits of the broker process, each with its unit and its reason.
#pragma once

#include <chrono>

namespace sallyport::broker {

// Sessions are swept, threads watched and the service manager told this often: what ended a session
// (its token expired, its role was taken away) takes effect well within a second. A sweep of 10,000
// sessions takes about a millisecond.
inline constexpr std::chrono::milliseconds kHousekeeping{250};
// After sessions were ended at a stop, how long their connections may take to close.
inline constexpr std::chrono::seconds kCutDeadline{2};
// How long those who follow the live tail may take to read that it is over.
inline constexpr std::chrono::seconds kFarewell{1};
// How often a stop looks whether connections are gone.
inline constexpr std::chrono::milliseconds kStopPoll{20};
// Descriptors beyond those of agents and targets: store, log, admin, listeners.
inline constexpr unsigned long kSpareDescriptors = 64;
// Problems of a rejected reload that are logged one by one.
inline constexpr std::size_t kLoggedProblems = 50;

}  // namespace sallyport::broker
