// SPDX-License-Identifier: MIT
import Glibc

/// Why the host did not do what a tool asked of it.
public enum HostError: Error, Equatable, CustomStringConvertible {
  /// A program could not be started.
  case cannotStart(program: String, reason: String)
  /// A file or folder could not be used; `action` completes "cannot …".
  case file(path: String, action: String, reason: String)
  /// Whoever read what we write has gone away.
  case outputClosed
  /// A system call that has no business failing did.
  case system(call: String, reason: String)

  public var description: String {
    switch self {
    case .cannotStart(let program, let reason): "cannot start \(program): \(reason)"
    case .file(let path, let action, let reason): "cannot \(action) \(path): \(reason)"
    case .outputClosed: "the reader of our output has gone"
    case .system(let call, let reason): "\(call): \(reason)"
    }
  }

  /// The host's words for an error number.
  static func reason(_ number: Int32) -> String {
    unsafe String(cString: strerror(number))
  }
}
