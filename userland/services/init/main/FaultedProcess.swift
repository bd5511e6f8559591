// SPDX-License-Identifier: MIT
import ELF
import System

/// A process that has faulted and waits for what is done about it.
final class FaultedProcess {
  private let owned: OwnedHandle
  private let number: UInt32
  /// Where its program begins in memory, and what it is called; zero if that cannot be found.
  private var base: UInt64 = 0
  private var name = Text()
  /// The program's file, if it is one of the initial ones.
  private var file: [UInt8] = []

  init(
    _ number: UInt32, at instruction: UInt64, _ initrd: Initrd
  ) throws(SystemError) {
    self.number = number
    let file = try File(
      Text {
        $0.put("/scheme/proc/")
        $0.put(decimal: UInt64(number))
        $0.put("/handle")
      }, .readWrite | .runtimeHandle)
    owned = OwnedHandle(file.release())
    name = findName()
    base = findBase(below: instruction)
    if let program = initrd.program(name) { self.file = initrd.contents(of: program) }
  }

  /// Return addresses, innermost first, along the chain of frame pointers; `frame` zero means that the
  /// record did not say, and the registers are asked.
  func callers(from frame: UInt64, limit: Int) -> [UInt64] {
    var frame = frame != 0 ? frame : framePointer()
    var callers: [UInt64] = []
    while callers.count < limit, frame != 0, frame & 7 == 0 {
      guard let (next, caller) = words(at: frame) else { break }
      if caller != 0 { callers.append(caller) }
      // A stack grows down, so a caller's frame lies higher: anything else is no chain.
      guard next > frame else { break }
      frame = next
    }
    return callers
  }

  private func framePointer() -> UInt64 {
    var registers = RecordBytes(128)
    do throws(SystemError) {
      let file = try File(
        Text {
          $0.put("/scheme/proc/")
          $0.put(decimal: UInt64(number))
          $0.put("/regs/int")
        }, .read | .runtimeHandle)
      guard registers.read(from: file.handle) else { return 0 }
    } catch { return 0 }
    return registers.word64(Self.framePointerIndex * 8)
  }

  /// Where the frame pointer stands among the registers (`docs/abi.md`).
  private static var framePointerIndex: Int { 6 }

  /// The two words of a stack frame: the caller's frame, and where it goes on.
  private func words(at address: UInt64) -> (UInt64, UInt64)? {
    guard let bytes = memory(at: address, 16) else { return nil }
    do throws(WireError) {
      return (
        try bytes.span.little(at: 0, as: UInt64.self), try bytes.span.little(at: 8, as: UInt64.self)
      )
    } catch { return nil }
  }

  /// Bytes of its memory, or `nil` if not all of them are there.
  private func memory(at address: UInt64, _ byteCount: Int) -> [UInt8]? {
    var bytes = [UInt8](repeating: 0, count: byteCount)
    var span = bytes.mutableSpan
    do throws(SystemError) {
      let count = try span.withClaim { (claim) throws(SystemError) in
        try perform(
          AccessMemory {
            $0.process = owned.handle
            $0.address = UInt(truncatingIfNeeded: address)
            $0.buffer = claim
            $0.operation = .read
          })
      }
      return count == UInt(byteCount) ? bytes : nil
    } catch { return nil }
  }

  /// Ends it as the fault would have; a program that holds that signal back is killed.
  func end(_ signal: UInt32) {
    for number in [signal, 9] {
      performIgnoringErrors(
        Signal {
          $0.process = owned.handle
          $0.signal = number
        })
    }
  }
}

// MARK: Names

extension FaultedProcess {
  /// Pages that are looked at for the beginning of a program.
  private static var pageLimit: Int { 4096 }

  /// A program's file is mapped in one piece, from its ELF header on.
  private func findBase(below instruction: UInt64) -> UInt64 {
    var page = instruction & ~4095
    for _ in 0..<Self.pageLimit {
      guard let mark = memory(at: page, 4) else { return 0 }
      if mark == [0x7F, 0x45, 0x4C, 0x46] { return page }
      guard page >= 4096 else { return 0 }
      page &-= 4096
    }
    return 0
  }

  /// The name that listings show, from the first line of its status that has one.
  private func findName() -> Text {
    do throws(SystemError) {
      let status = Text(
        try FileSystem.read(
          Text {
            $0.put("/scheme/proc/")
            $0.put(decimal: UInt64(number))
            $0.put("/status")
          }))
      for line in status.lines() where line.hasPrefix("name: ") { return line[6...] }
    } catch { return Text() }
    return Text()
  }

  /// The function that an address lies in and how far into it; in a file without symbols, the program
  /// and how far behind its beginning.
  func place(of address: UInt64) -> (Text, UInt64)? {
    guard base != 0, address >= base, address &- base < 1 << 28, !name.isEmpty else { return nil }
    let offset = address &- base
    let file = file
    let bytes = file.span
    do throws(ELFError) {
      let symbols = try SymbolTable(parsing: bytes)
      if let function = symbols.function(containing: offset) {
        return (Text(symbols.name(of: function)), offset &- function.value)
      }
    } catch { return (name, offset) }
    return (name, offset)
  }
}
