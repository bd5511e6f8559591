// SPDX-License-Identifier: MIT
import ABI
import Architecture
import Core
import Machine
import Objects

// Waits for answers that end early: a signal, the client's death.

/// A signal wants `thread` while it waits for an answer. A request that no server has taken is
/// withdrawn; one that is being served is asked to end soon, and its answer still counts. So does
/// that of a request whose server died: it may have been carried out, and only a successor knows.
/// - Returns: true if the request is gone and the thread can be woken with `interrupted`.
func withdrawRequest(of thread: Ref<Thread>) -> Bool {
  settleDirect(of: thread)
  guard let request = thread.value.request, let scheme = request.value.scheme else { return true }
  let isReturned = request.value.record.flags & SchemeRequest.again != 0
  if request.value.server == nil, !isReturned {
    scheme.value.withdraw(request)
    _ = complete(request, CallResult(.interrupted).rawValue)
    return true
  }
  if !request.value.wasCancelled {
    request.value.wasCancelled = true
    if request.value.server != nil {
      scheme.value.cancels.append(request)
      wakeServer(of: scheme)
    }
  }
  return false
}

/// The client ends: its request is forgotten at once. A server that still answers hears `gone`.
func clientDied(_ thread: Ref<Thread>) {
  if thread.value.direct.server != nil { return forgetDirect(of: thread) }
  guard let request = thread.value.request, let scheme = request.value.scheme else { return }
  thread.value.request = nil
  request.value.client = nil
  // The process may live on, under another program.
  if request.value.reserved != .none, let process = thread.value.process {
    removeHandle(process, request.value.reserved)
  }
  if request.value.movesOffset, let description = request.value.description {
    releaseOffset(description)
  }
  if let server = request.value.server {
    server.value.taken.remove(request)
  } else {
    scheme.value.withdraw(request)
  }
  request.free(to: nil)
}
