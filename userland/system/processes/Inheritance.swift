// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import Runtime

/// What a program is told when it starts, beside arguments and environment: see `AuxiliaryTag`.
struct Inheritance {
  var workingDirectory: Text
  var creationMask: UInt32
  var signalMask: UInt64
  var ignoredSignals: UInt64
  /// This process's own with `nil`.
  var credentials: Credentials?
  /// Handles of the new process, by number, that its runtime looks for.
  var handles: [(tag: AuxiliaryTag, handle: Handle)] = []

  /// What this process passes on if nobody says otherwise.
  init() {
    workingDirectory = WorkingDirectory.path
    creationMask = CreationMask.current
    signalMask = Signals.mask
    ignoredSignals = Signals.ignored
  }

  func words(_ plan: LoadPlan) -> [(tag: UInt64, value: UInt64)] {
    var words: [(tag: UInt64, value: UInt64)] = []
    func add(_ tag: AuxiliaryTag, _ value: UInt64) { words.append((UInt64(tag.rawValue), value)) }
    if plan.programHeaders != 0 {
      add(.programHeaders, plan.programHeaders)
      add(.programHeaderBytes, 56)
      add(.programHeaderCount, UInt64(plan.programHeaderCount))
    }
    add(.pageBytes, 4096)
    add(.base, plan.base)
    add(.entry, plan.entry)
    let user = credentials.map { UInt64($0.user) }
    let group = credentials.map { UInt64($0.group) }
    add(.user, user ?? credential(.realUser))
    add(.effectiveUser, user ?? credential(.effectiveUser))
    add(.group, group ?? credential(.realGroup))
    add(.effectiveGroup, group ?? credential(.effectiveGroup))
    add(.secure, 0)
    add(.creationMask, UInt64(creationMask))
    if started.clockPage != 0 { add(.clockPage, UInt64(started.clockPage)) }
    if signalMask != 0 { add(.signalMask, signalMask) }
    if ignoredSignals != 0 { add(.ignoredSignals, ignoredSignals) }
    for entry in handles { add(entry.tag, UInt64(entry.handle.rawValue)) }
    return words
  }

  func texts(_ path: Text) -> [StartStack.Bytes] {
    var random: [UInt8] = []
    for word in [randomWord(), randomWord()] {
      for shift in 0..<8 { random.append(UInt8(truncatingIfNeeded: word >> UInt64(shift * 8))) }
    }
    return [
      .init(tag: UInt64(AuxiliaryTag.random.rawValue), bytes: random),
      .init(tag: UInt64(AuxiliaryTag.executablePath.rawValue), bytes: path.bytes + [0]),
      .init(
        tag: UInt64(AuxiliaryTag.workingDirectory.rawValue), bytes: workingDirectory.bytes + [0]),
    ]
  }

  private func credential(_ property: ProcessProperty) -> UInt64 {
    UInt64(Process.property(property))
  }
}
