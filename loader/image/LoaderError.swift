// SPDX-License-Identifier: MIT
import ELF

/// Why the system cannot be started.
struct LoaderError: Error {
  enum Cause {
    case volume
    case kernelMissing, kernelUnreadable
    case archiveMissing, archiveUnreadable
    case commandLineUnreadable, commandLineTooLong
    case kernel(ELFError)
    case memory
    case kernelPlace
    case memoryMap
    case firmwareStays
  }

  var cause: Cause
  /// What the firmware said, or zero.
  var status: UInt64 = 0

  init(_ cause: Cause, _ status: UInt64 = 0) {
    self.cause = cause
    self.status = status
  }

  var explanation: StaticString {
    switch cause {
    case .volume: "the volume that this loader comes from cannot be opened"
    case .kernelMissing: "\\apus\\kernel is missing"
    case .kernelUnreadable: "\\apus\\kernel cannot be read"
    case .archiveMissing: "\\apus\\initfs is missing"
    case .archiveUnreadable: "\\apus\\initfs cannot be read"
    case .commandLineUnreadable: "\\apus\\cmdline cannot be read"
    case .commandLineTooLong: "\\apus\\cmdline is longer than 2047 bytes"
    case .kernel(let error): error.explanation
    case .memory: "not enough memory below 4 GiB"
    case .kernelPlace: "the memory that the kernel is linked for is not free"
    case .memoryMap: "the firmware gives no memory map"
    case .firmwareStays: "the firmware does not give the machine away"
    }
  }
}
