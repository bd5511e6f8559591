// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import Memory
import Schemes
import Testing

@testable import ConstantDevices

/// Memory of the host in which requests are put and answers found.
private struct Desk {
  let requests = Desk.memory(4096)
  let zeros = Desk.memory(1000)

  static func memory(_ count: Int) -> SharedBytes {
    let bytes = UnsafeMutableRawPointer.allocate(byteCount: count, alignment: 64)
    _ = unsafe bytes.initializeMemory(as: UInt8.self, repeating: 0, count: count)
    return unsafe SharedBytes(address: UInt(bitPattern: bytes), count: count)
  }

  func ask(
    _ kind: ConstantKind, _ operation: SchemeOperation, word: UInt64 = 1, flags: OpenFlags = .read,
    path: Text = "", sends: UInt64 = 0, takes: UInt64 = 4096, session: SchemeSession? = nil
  ) -> Answer {
    var record = SchemeRequest()
    record.tag = 9
    record.operation = operation.rawValue
    record.word = word
    record.first = UInt64(flags.rawValue)
    record.inputCount = max(sends, UInt64(path.count))
    record.outputCount = takes
    requests.store(record, at: 0)
    requests.copy(path.span, to: 128)
    let session = session ?? SchemeSession(name: "zero")
    var server = ConstantDevice(kind, zeros: zeros)
    server.start(session)
    let area = unsafe MessageArea(requests: requests, answers: Desk.memory(8192))
    return server.dispatch(area, session)
  }
}

/// Writes down what a server tells.
private final class NotingSession: SchemeSession {
  var told: [(UInt64, EventSet)] = []
  override func signal(_ word: UInt64, _ events: EventSet) { told.append((word, events)) }
}

@Suite("Constant devices")
struct ConstantDeviceTests {
  private let desk = Desk()

  private func error(_ answer: Answer) -> SystemError? {
    do throws(SystemError) {
      _ = try CallResult(rawValue: answer.result).get()
      return nil
    } catch { return error }
  }

  @Test func nullIsEmpty() { #expect(desk.ask(.null, .read).result == 0) }

  @Test(arguments: [(UInt64(1), UInt(1)), (1000, 1000), (70_000, 1000)])
  func zerosAreLentAsFarAsTheyGo(_ takes: UInt64, _ count: UInt) {
    let answer = desk.ask(.zero, .read, takes: takes)
    #expect(answer.result == count)
    #expect(answer.data.count == count)
    #expect(answer.data.address == desk.zeros.address)
  }

  @Test(arguments: [ConstantKind.null, .zero], [UInt64(0), 1, 3968, 131_072])
  func everythingWrittenIsTaken(_ kind: ConstantKind, _ count: UInt64) {
    #expect(desk.ask(kind, .write, sends: count).result == UInt(count))
  }

  @Test(arguments: [ConstantKind.null, .zero])
  func opensAsOneFile(_ kind: ConstantKind) {
    let opened = desk.ask(kind, .open, word: 0, flags: .write | .create | .truncate)
    #expect(opened.result == 1 && opened.flags == .opened)
    #expect(error(desk.ask(kind, .open, word: 0, path: "x")) == .notFound)
    #expect(error(desk.ask(kind, .open, word: 0, path: "..")) == .invalidArgument)
    #expect(error(desk.ask(kind, .open, word: 1)) == .notDirectory)
    #expect(error(desk.ask(kind, .open, word: 0, flags: .read | .directory)) == .notDirectory)
    #expect(error(desk.ask(kind, .open, word: 0, flags: .create | .exclusive)) == .alreadyExists)
    #expect(error(desk.ask(kind, .read, word: 2)) == .gone)
  }

  @Test func isACharacterDevice() {
    #expect(desk.ask(.zero, .status).result == 96)
    #expect(desk.ask(.zero, .size).result == 0)
    #expect(desk.ask(.zero, .truncate).result == 0)
    #expect(error(desk.ask(.zero, .map)) == .noDevice)
    #expect(error(desk.ask(.zero, .readDirectory)) == .notDirectory)
  }

  @Test func isAlwaysReady() {
    let session = NotingSession(name: "null")
    _ = desk.ask(.null, .watch, session: session)
    #expect(session.told.count == 1)
    #expect(session.told.first?.0 == 1)
    #expect(session.told.first?.1 == .readable | .writable)
  }
}
