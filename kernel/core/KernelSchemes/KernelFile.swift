// SPDX-License-Identifier: MIT
import ABI
import Objects

/// What a description of a kernel scheme stands for, one case per kind of openable thing. What has
/// an object of its own (pipes, event queues, memory, processes) is a case of `DescriptionKind`.
enum KernelFile: BitwiseCopyable {
  /// A scheme itself: opens below it come here with the whole path.
  case root(KernelScheme)

  /// `/scheme/debug`: a serial port.
  case console(ConsoleFile)

  /// `/scheme/memory`: anonymous memory whose size nobody has said yet.
  case anonymousMemory(AnonymousMemory)
  /// The authority for `CreateDeviceMemory`.
  case physicalMemory
  /// Where pages lie in physical memory, by `CallScheme`.
  case translation

  /// `/scheme/irq/cpu-XX`: message interrupts of one processor.
  case interruptDirectory(processor: UInt8)
  case interrupt(Ref<InterruptClient>)
  /// The authority for `AccessPort` on a range of device ports.
  case ports(first: UInt16, last: UInt16)
  /// The number of the processor that booted, as text.
  case bootProcessor

  /// `/scheme/time/<clock>`: its time, or its resolution.
  case clockDirectory(ClockKind)
  case clock(ClockKind)
  case clockResolution(ClockKind)
  case timer(Ref<Timer>)

  /// `/scheme/sys`: a generated text and where its reader is.
  case system(SystemFile, TextPlace)
  /// The log; positions count from the oldest byte at the time of opening or, in the stream, from the
  /// first byte ever.
  case log(base: UInt64, isStream: Bool)
  case control(SystemControl)
  /// The handle that allows changes of credentials.
  case authority
  /// What is left of the boot loader's random bytes.
  case seed
  case firmwareDirectory
  /// The authority to map the memory that firmware left its tables in, read-only.
  case firmwareTables

  /// `/scheme/proc/<number>`.
  case processDirectory(ProcessName)
  case processStatus(ProcessName, TextPlace)
  case registerDirectory(ProcessName)
  case registers(ProcessName, RegisterSet)
  case processMemory(ProcessName)
}

/// A process by number and generation: a later process with the same number is not meant.
struct ProcessName: Equatable, BitwiseCopyable {
  var number: UInt32
  var generation: UInt32
}

enum RegisterSet: UInt8, BitwiseCopyable { case integer, floatingPoint }

/// A serial port as a file.
struct ConsoleFile: BitwiseCopyable {
  var port: UInt8
  /// What is written is also kept in the log.
  var isKept: Bool
}

/// How the object will be made once its length is known.
struct AnonymousMemory: BitwiseCopyable {
  var isContiguous = false
  var kind: UInt8 = 0
}

/// How far a reader of a generated text has come: entry `entry` begins at byte `start`.
struct TextPlace: BitwiseCopyable {
  var entry: UInt32 = 0
  var start: UInt32 = 0
}
