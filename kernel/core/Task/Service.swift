// SPDX-License-Identifier: MIT
import Objects

// A server works in its client's name: at the client's priority if that is higher, at the client's
// place in virtual time, and for the client's account.

/// Passes on what a hand-off between client and server carries. The caller of a scheme waits for an
/// answer, a server that answered waits for a request.
@inline(__always)
func lend(from previous: Ref<Thread>, to next: Ref<Thread>) {
  if case .answer = previous.value.wait {
    beginServing(next, for: previous)
  } else {
    next.value.virtualTime = previous.value.virtualTime
    endServing(previous)
  }
}

/// `server` begins to work on a request of `client`.
@inline(__always)
func beginServing(_ server: Ref<Thread>, for client: Ref<Thread>) {
  server.value.virtualTime = client.value.virtualTime
  server.value.payer = client.value.payer
  server.value.effectivePriority = max(
    server.value.basePriority, client.value.effectivePriority)
}

/// `server` works for itself again. One that answered directly and waits is not asked: its next
/// client lends it what it needs, and whoever else ends its wait calls this.
@inline(__always)
func endServing(_ server: Ref<Thread>) {
  server.value.payer = server.value.process?.value.account
  server.value.effectivePriority = server.value.basePriority
}
