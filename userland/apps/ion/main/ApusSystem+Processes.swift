// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import ShellEvaluator
import System

extension ApusSystem {
  func start(_ program: ProgramStart) throws(SystemFailure) -> Int {
    do throws(ExecutableError) {
      let process = try Process.spawn(Self.program(program))
      return Int(process.number)
    } catch {
      throw Self.failure(error, program)
    }
  }

  func become(_ program: ProgramStart) throws(SystemFailure) {
    let saved = try replaceStandardHandles(by: [program.input, program.output, program.error])
    do throws(ExecutableError) {
      try Process.replace(Self.program(program))
    } catch {
      for (number, handle) in saved {
        // The number is the program's own and the handle a copy of what it stood for.
        do throws(SystemError) { try handle.duplicate(to: number) } catch { continue }
        performIgnoringErrors(Close { $0.handle = handle })
      }
      throw Self.failure(error, program)
    }
  }

  /// Makes 0, 1 and 2 stand for the given handles; what they stood for until then.
  private func replaceStandardHandles(
    by handles: [Int]
  ) throws(SystemFailure) -> [(number: Handle, handle: Handle)] {
    var saved: [(number: Handle, handle: Handle)] = []
    do throws(SystemError) {
      for (index, source) in handles.enumerated() where index != source {
        let number = Handle(rawValue: UInt32(index))
        saved.append((number, try number.duplicate(flags: .runtimeHandle)))
      }
      // A source may be one of the numbers that are replaced: then it is the copy.
      for (index, source) in handles.enumerated() where index != source {
        let number = Handle(rawValue: UInt32(source))
        let copy = saved.first { $0.number == number }?.handle ?? number
        try copy.duplicate(to: Handle(rawValue: UInt32(index)))
      }
      return saved
    } catch {
      for (_, handle) in saved { performIgnoringErrors(Close { $0.handle = handle }) }
      throw SystemFailure(error)
    }
  }

  private static func program(_ start: ProgramStart) -> Program {
    var program = Program(start.path, start.words)
    program.environment = start.environment.map { $0.name + "=" + $0.value }
    program.handles = [
      (.standardInput, Handle(rawValue: UInt32(start.input))),
      (.standardOutput, Handle(rawValue: UInt32(start.output))),
      (.standardError, Handle(rawValue: UInt32(start.error))),
    ]
    switch start.group {
    case .shared: program.group = nil
    case .new: program.group = 0
    case .joined(let leader): program.group = UInt32(leader)
    }
    return program
  }

  private static func failure(_ error: ExecutableError, _ start: ProgramStart) -> SystemFailure {
    var failure = SystemFailure(error.reason)
    // An interpreter that is missing is another matter than a missing command.
    if error.file.bytes != start.path.bytes { failure.kind = .other }
    if failure.kind == .other { failure.reason = error.explanation }
    return failure
  }

  func state(of process: Int, waits: Bool) -> ProcessState {
    let number = UInt32(process)
    while true {
      do throws(SystemError) {
        let report = try Process.wait(
          .process(number), waits ? .stopped : .stopped | .continued | .noHang)
        switch report.status {
        case .exited(let status): return .exited(Int(status & 0xFF))
        case .signalled(let signal): return .killed(signal: Int(signal.rawValue))
        case .stopped: return .stopped
        case .continued: return .continued
        }
      } catch {
        switch error {
        case .wouldBlock: return .running
        case .interrupted: continue
        // It has been waited for before.
        default: return .exited(0)
        }
      }
    }
  }

  func signal(_ number: Int, process: Int, isGroup: Bool) throws(SystemFailure) {
    do throws(SystemError) {
      try Process.signal(
        isGroup ? -process : process, SignalNumber(rawValue: UInt32(number)))
    } catch { throw SystemFailure(error) }
  }
}
