// SPDX-License-Identifier: MIT
import Core

/// The texts of `/scheme/sys`.
enum SystemFile: UInt8, BitwiseCopyable {
  case block = 0
  case clock = 1
  case context = 2
  case cpu = 3
  case env = 4
  case exe = 5
  case firmwareRoot = 6
  case iostat = 7
  case irq = 8
  case longestEntry = 9
  case memory = 10
  case schemes = 11
  case stat = 12
  case syscall = 13
  case trace = 14
  case uname = 15
  case processes = 16

  static let count: UInt8 = 17

  var name: StaticString {
    switch self {
    case .block: "block"
    case .clock: "clock"
    case .context: "context"
    case .cpu: "cpu"
    case .env: "env"
    case .exe: "exe"
    case .firmwareRoot: "root"
    case .iostat: "iostat"
    case .irq: "irq"
    case .longestEntry: "longest_entry"
    case .memory: "memory"
    case .processes: "processes"
    case .schemes: "schemes"
    case .stat: "stat"
    case .syscall: "syscall"
    case .trace: "trace"
    case .uname: "uname"
    }
  }
}

/// The files of `/scheme/sys` that are only written, and only by who may manage the machine.
enum SystemControl: UInt8, BitwiseCopyable {
  /// `shutdown`, `reset` or `emergency_reset`.
  case stop = 0
  /// Nanoseconds to add to the wall clock, 8 bytes, signed.
  case updateTimeOffset = 1

  var name: StaticString {
    switch self {
    case .stop: "kstop"
    case .updateTimeOffset: "update_time_offset"
    }
  }
}

/// What else `/scheme/sys` holds, after its texts, in listings.
enum SystemEntry: UInt8 {
  case stop = 0
  case updateTimeOffset = 1
  case log = 2
  case authority = 3
  case initrd = 4
  case firmware = 5
  case logStream = 6
  case seed = 7

  static let count: UInt8 = 8

  var name: StaticString {
    switch self {
    case .stop: "kstop"
    case .updateTimeOffset: "update_time_offset"
    case .log: "log"
    case .authority: "authority"
    case .initrd: "initrd"
    case .firmware: "acpi"
    case .logStream: "log_stream"
    case .seed: "seed"
    }
  }

  var isDirectory: Bool { self == .firmware }
}
