// SPDX-License-Identifier: MIT
import System
import Terminals

/// The system, as terminals need it.
final class KernelHost: TerminalHost {
  /// The first serial port. Without one there is no console.
  private let port: Handle?

  override init() {
    do throws(SystemError) {
      // What people see and type is no part of the system's log.
      let flags: OpenFlags = .readWrite | .nonBlocking | .runtimeHandle
      port = try File("/scheme/debug/no-preserve", flags).release()
    } catch {
      Log.error("ptyd: no console: " + Text(error.explanation))
      port = nil
    }
    super.init()
  }

  override func now() -> UInt64 { Clock.now().nanoseconds }

  // MARK: Processes

  override func send(_ signal: UInt32, toGroup group: UInt32) { send(signal, -Int(group)) }
  override func send(_ signal: UInt32, toProcess process: UInt32) { send(signal, Int(process)) }

  /// Those who are gone need no signal.
  private func send(_ signal: UInt32, _ selector: Int) {
    do throws(SystemError) {
      try Process.signal(selector, SignalNumber(rawValue: signal))
    } catch { return }
  }

  private func facts(_ process: UInt32) -> ProcessFacts? {
    do throws(SystemError) {
      let path = Text {
        $0.put("/scheme/proc/")
        $0.put(decimal: UInt64(process))
        $0.put("/status")
      }
      return ProcessFacts(status: Text(try FileSystem.read(path)))
    } catch { return nil }
  }

  override func reaction(ofProcess process: UInt32, to signal: UInt32) -> StopReaction {
    facts(process)?.reaction(to: signal) ?? .unknown
  }

  /// The facts of all processes of a group.
  private func members(of group: UInt32) -> [ProcessFacts] {
    var members: [ProcessFacts] = []
    do throws(SystemError) {
      for entry in try Directory("/scheme/proc").entries() {
        guard let number = Self.number(entry.name), let facts = facts(number),
          facts.group == group
        else { continue }
        members.append(facts)
      }
    } catch { return members }
    return members
  }

  private static func number(_ text: Text) -> UInt32? {
    do throws(NumberError) { return try UInt32(decimal: text.span) } catch { return nil }
  }

  override func session(ofGroup group: UInt32) -> UInt32? {
    // Mostly the group's first process is still there.
    if let leader = facts(group), leader.group == group { return leader.session }
    return members(of: group).first?.session
  }

  override func isOrphaned(group: UInt32) -> Bool {
    if let leader = facts(group), leader.group == group, isGuarded(leader) { return false }
    for member in members(of: group) where isGuarded(member) { return false }
    return true
  }

  private func isGuarded(_ member: ProcessFacts) -> Bool {
    facts(member.parent)?.guards(group: member.group, session: member.session) ?? false
  }

  override func handle(ofProcess process: UInt32, generation: UInt32) -> Handle? {
    do throws(SystemError) {
      let path = Text {
        $0.put("/scheme/proc/")
        $0.put(decimal: UInt64(process))
        $0.put("/handle")
      }
      let found = try Process(OwnedHandle(try File(path, .read | .runtimeHandle).release()))
      guard try found.property(.generation) == UInt(generation) else { return nil }
      return found.release()
    } catch { return nil }
  }

  // MARK: The console's device

  override var console: Handle? { port }

  override func readConsole(at position: UInt64) throws(SystemError) -> [UInt8] {
    guard let port else { return [] }
    var buffer = [UInt8](repeating: 0, count: 512)
    do throws(SystemError) {
      let count = try port.read(into: buffer.mutableSpan, at: position)
      buffer.removeLast(buffer.count - count)
      return buffer
    } catch {
      if error == .wouldBlock { return [] }
      throw error
    }
  }

  override func writeConsole(
    _ bytes: [UInt8], at position: UInt64
  ) throws(SystemError) -> Int {
    guard let port else { return bytes.count }
    return try port.write(bytes.span, at: position)
  }

  override func consolePositions() throws(SystemError) -> ConsolePositions {
    var positions = ConsolePositions()
    guard let port else { return positions }
    var bytes = [UInt8](repeating: 0, count: 16)
    _ = try port.call(ConsolePositions.operation, into: bytes.mutableSpan)
    for index in 0..<8 {
      positions.read |= UInt64(bytes[index]) << UInt64(8 * index)
      positions.written |= UInt64(bytes[8 + index]) << UInt64(8 * index)
    }
    return positions
  }
}
