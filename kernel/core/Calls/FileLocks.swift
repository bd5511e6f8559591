// SPDX-License-Identifier: MIT
import ABI
import Architecture
import Core
import Machine
import Objects

// Locks and space of files: both are the server's affair, and a lock that is waited for is a request
// that has not been answered.

func handle(_ call: LockFile, _ thread: Ref<Thread>) throws(SystemError) -> Outcome {
  let entry = try lookUpEntry(call.handle, thread)
  guard entry.rights.contains(.read) || entry.rights.contains(.write) else { throw .accessDenied }
  guard let description = entry.description, case .file(let scheme) = description.value.kind
  else { throw .notSupported }
  guard call.record.count <= transferLimit else { throw .messageTooLong }
  var submission = Submission(.lock)
  submission.code = call.operation.rawValue
  submission.first = call.start
  submission.second = call.length
  submission.output = call.record
  return try submit(submission, to: scheme, description, thread)
}

func handle(_ call: AllocateFile, _ thread: Ref<Thread>) throws(SystemError) -> Outcome {
  let description = try lookUp(call.handle, thread, needing: .write)
  guard case .file(let scheme) = description.value.kind else { throw .notSupported }
  var submission = Submission(.allocate)
  submission.code = call.flags.rawValue
  submission.first = call.offset
  submission.second = call.length
  return try submit(submission, to: scheme, description, thread)
}
