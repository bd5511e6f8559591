// SPDX-License-Identifier: MIT
import Core

/// The schemes that the kernel serves itself.
enum KernelScheme: UInt8, BitwiseCopyable {
  case debug = 0
  case event = 1
  case memory = 2
  case pipe = 3
  case irq = 4
  case time = 5
  case sys = 6
  case proc = 7

  static let count = 8

  var title: StaticString {
    switch self {
    case .debug: "debug"
    case .event: "event"
    case .memory: "memory"
    case .pipe: "pipe"
    case .irq: "irq"
    case .time: "time"
    case .sys: "sys"
    case .proc: "proc"
    }
  }

  /// The name as it stands in a namespace.
  var name: Span<UInt8> {
    @_lifetime(immortal) get { title.bytes }
  }
}
