// SPDX-License-Identifier: MIT
import System

// A worker that ends itself all the time tests little: what would do so at once is left out of its
// own calls nearly always. The same calls are made without such care in other processes
// (`Scenario`), and now and then here.

extension Fuzzer {
  /// Changes arguments that would take this process's own footing away.
  mutating func spare(_ number: CallNumber, _ words: inout CallWords) {
    if random.once(in: 512) { return }
    let own = Handle.none.word
    switch number {
    case .setThreadPointer:
      words.a |= 1 &<< 63
    case .unmap, .protect:
      if words.a & own == own { keepInPlay(&words.b, &words.c) }
    case .map:
      // Where it may put its mapping in the place of another.
      if words.a & own == own, words.f & MapFlags.replace.word != 0 {
        keepInPlay(&words.c, &words.d)
      }
    case .remap:
      keepInPlay(&words.a, &words.b)
      if words.e & MapFlags.replace.word != 0 { keepInPlay(&words.d, &words.c) }
    case .createThread:
      // A thread of noise makes the whole process die.
      guard words.a & own == own else { return }
      words.b = arena.code
      words.d = prepareRecord()
      words.f |= ThreadFlags.suspended.word
    case .debugThread:
      // So does one that is given registers of noise, or stops after a step.
      words.b = 0
    case .close:
      keepRuntimeHandles(&words.a)
    case .duplicate:
      keepRuntimeHandles(&words.c)
    case .setSignalControl:
      // The watch could not interrupt this thread any more.
      words.c |= 1 &<< 63
    case .replaceProgram:
      // A number in the pool may have become an embryo's.
      words.b = UInt.max
    case .setProcess:
      // A thread whose fault is reported waits for an answer, which nobody here gives.
      if words.a & own == own, words.b == UInt(ProcessProperty.exceptionHandle.rawValue) {
        words.c = own
      }
    case .accessMemory:
      if words.a & own == own { keepInPlay(&words.b, &words.d) }
    case .signal:
      if words.a & own == own { words.c = harmlessSignal() }
    case .signalThread:
      words.b = harmlessSignal()
    case .keepHandle:
      keepRuntimeHandles(&words.b)
    case .exitProcess, .exitThread, .null, .open, .controlHandle, .read, .write,
      .seek, .status, .fileSystemStatus, .pathOf, .readDirectory,
      .truncate, .synchronise, .setAttributes, .unlink, .linkFile, .rename, .callScheme,
      .sendHandle, .receiveHandle, .createMemory, .createProvidedMemory, .createDeviceMemory,
      .resizeMemory, .sealMemory, .memoryStatus, .supplyPages, .withdrawPages, .findDirtyPages,
      .failPages, .mapForDevice, .createProcess, .fork, .transferHandle, .waitChild, .getProcess,
      .controlThread, .answerException, .yield, .sleep, .readClock, .futexWait, .futexWake,
      .futexRequeue,
      .waitEvents, .createScheme, .createRoot, .attachScheme, .nextRequest, .transferData,
      .signalEvents, .revokeDescriptions, .listDescriptions, .giveUpScheme, .createNamespace,
      .bindName, .createAccount, .setAccountLimit, .accountStatus, .accessPort, .writeTrace,
      .copyKeptHandle, .lockFile, .allocateFile, .setGroups, .getGroups, .callerGroups,
      .statusAt:
      break
    }
  }

  /// The first of the runtime's range are those that this process's threads live by.
  private func keepRuntimeHandles(_ word: inout UInt) {
    let number = UInt32(truncatingIfNeeded: word)
    if number >= Handle.runtimeBase, number < Worker.firstFuzzed { word = UInt(UInt32.max - 1) }
  }

  /// Moves a range that is certain to hold something of this process to where anything may happen.
  private mutating func keepInPlay(_ address: inout UInt, _ length: inout UInt) {
    let end = arena.play &+ Arena.playBytes
    if address >= arena.play, address < end {
      if length > end &- address, length < 1 &<< 47 { length = end &- address }
      return
    }
    let isOurs =
      length >= 1 &<< 20 || address &- arena.data.address < UInt(Arena.dataBytes)
      || address &- arena.code < UInt(Arena.stubBytes)
      || address &- arena.records.address < 4096
    if isOurs, length < 1 &<< 47 {
      address = playPage()
      length = 4096
    }
  }
}
