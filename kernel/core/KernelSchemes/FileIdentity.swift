// SPDX-License-Identifier: MIT
import ABI

/// Which file of the kernel's schemes it is: equal for all who open the same name.
struct FileIdentity {
  /// A number for each kind of file.
  var kind: UInt8
  /// Which one of its kind, below 2^48.
  var number: UInt64 = 0

  /// Above every number of a place in a pool, which is what files without an identity have.
  var inode: UInt64 { UInt64(kind) << 48 | number }
}

extension KernelFile {
  /// `nil` for what each who opens it gets anew.
  var identity: FileIdentity? {
    switch self {
    case .root(let scheme): FileIdentity(kind: 1, number: UInt64(scheme.rawValue))
    case .console(let file):
      FileIdentity(kind: 2, number: UInt64(file.port) << 1 | (file.isKept ? 1 : 0))
    case .physicalMemory: FileIdentity(kind: 3)
    case .translation: FileIdentity(kind: 4)
    case .interruptDirectory(let processor): FileIdentity(kind: 5, number: UInt64(processor))
    case .ports(let first, let last):
      FileIdentity(kind: 6, number: UInt64(first) << 16 | UInt64(last))
    case .bootProcessor: FileIdentity(kind: 7)
    case .clockDirectory(let clock): FileIdentity(kind: 8, number: UInt64(clock.rawValue))
    case .clock(let clock): FileIdentity(kind: 9, number: UInt64(clock.rawValue))
    case .clockResolution(let clock): FileIdentity(kind: 10, number: UInt64(clock.rawValue))
    case .system(let file, _): FileIdentity(kind: 11, number: UInt64(file.rawValue))
    case .log(_, let isStream): FileIdentity(kind: 12, number: isStream ? 1 : 0)
    case .control(let control): FileIdentity(kind: 13, number: UInt64(control.rawValue))
    case .authority: FileIdentity(kind: 14)
    case .seed: FileIdentity(kind: 15)
    case .firmwareDirectory: FileIdentity(kind: 16)
    case .firmwareTables: FileIdentity(kind: 17)
    case .processDirectory(let name): FileIdentity(kind: 18, number: name.identity)
    case .processStatus(let name, _): FileIdentity(kind: 19, number: name.identity)
    case .registerDirectory(let name): FileIdentity(kind: 20, number: name.identity)
    case .registers(let name, .integer): FileIdentity(kind: 21, number: name.identity)
    case .registers(let name, .floatingPoint): FileIdentity(kind: 22, number: name.identity)
    case .processMemory(let name): FileIdentity(kind: 23, number: name.identity)
    case .anonymousMemory, .interrupt, .timer: nil
    }
  }
}

extension ProcessName {
  /// Of the generation what fits: a number is that often given anew before two files are taken for one.
  fileprivate var identity: UInt64 { UInt64(generation & 0xFFFF) << 32 | UInt64(number) }
}
