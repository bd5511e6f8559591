// SPDX-License-Identifier: MIT

/// What a handle stands for, as far as calls care.
enum Kind: Int {
  /// A file of the worker's own scheme.
  case file = 0
  /// A root or directory of the worker's own scheme.
  case directory
  case management
  case server
  case pipeReader
  case pipeWriter
  case events
  case memory
  case wired
  case provided
  /// A process without a thread.
  case embryo
  /// A process that ran or runs.
  case process
  case thread
  case account
  case namespace
  case timer
  /// A text of the kernel's own schemes.
  case text
  case kernelDirectory
  /// A file of another process's scheme.
  case foreign
  case ports
  case firmware
  case interrupt
  case translation

  static let count = 23
}
