// SPDX-License-Identifier: MIT
import System

/// Programs that take more and more of something until they are refused, and go on asking.
enum Bomb {
  /// Every process forks as often as it can, and so do its children.
  static func fork() -> Never {
    let board = Board.own
    let root = Process.currentNumber
    var count: UInt64 = 0
    while true {
      do throws(SystemError) {
        if try Process.fork() != nil { count += 1 }
      } catch {
        if Process.currentNumber == root {
          board[.failure] = UInt64(error.rawValue)
          board[.ready] = 1
        }
      }
      if Process.currentNumber == root { board[.count] = count }
    }
  }

  /// Threads that compute, threads that wait; the number says which.
  static func threads() -> Never {
    let board = Board.own
    let computes = Role.number(0) == 0
    while true {
      do throws(SystemError) {
        _ = try Thread(stackBytes: 8192) {
          while true { if !computes { Clock.sleep(.seconds(100)) } }
        }
        board[.count] += 1
      } catch {
        board[.failure] = UInt64(error.rawValue)
        board[.ready] = 1
        if !computes { Clock.sleep(.milliseconds(1)) }
      }
    }
  }

  /// Handles of each kind, each until it is refused; kept until the process ends.
  static func handles() -> Never {
    let board = Board.own
    let file: Handle
    do throws(SystemError) { file = try File(Arguments.executablePath).release() } catch { exit(1) }
    for kind in 0..<Self.handleKinds {
      var count: UInt64 = 0
      do throws(SystemError) {
        while true {
          try takeHandle(kind, file)
          count += 1
        }
      } catch {
        board[.first, kind * 2] = count
        board[.first, kind * 2 + 1] = UInt64(error.rawValue)
      }
      // Room for the next kind: half of what there is.
      if kind + 1 < Self.handleKinds { giveBackHalf(from: 8) }
    }
    board[.ready] = 1
    while true { Clock.sleep(.seconds(100)) }
  }

  static var handleKinds: Int { 9 }

  private static func takeHandle(_ kind: Int, _ file: Handle) throws(SystemError) {
    switch kind {
    case 0: _ = try file.duplicate()
    case 1: _ = try File(Arguments.executablePath).release()
    case 2:
      var pipe = try Pipe()
      _ = pipe.reading.take()?.release()
      _ = pipe.writing.take()?.release()
    case 3: _ = try MemoryObject(byteCount: 3 * 4096, .wired).release()
    case 4: _ = try perform(CreateScheme())
    case 5: _ = try perform(CreateAccount())
    case 6: _ = try perform(CreateNamespace())
    case 7: _ = try perform(CreateProcess())
    default: try watch(file)
    }
  }

  /// An event queue that watches its own pipe.
  private static func watch(_ file: Handle) throws(SystemError) {
    var pipe = try Pipe()
    let queue = try EventQueue()
    guard let reading = pipe.reading.take()?.release() else { return }
    try queue.watch(reading, .readable, data: 1)
    _ = try queue.handle.duplicate()
  }

  private static func giveBackHalf(from first: UInt32) {
    for number in first..<4096 where number & 1 == 0 {
      performIgnoringErrors(Close { $0.handle = Handle(rawValue: number) })
    }
    for number in 0..<UInt32(4096) where number & 1 == 1 {
      let handle = Handle(rawValue: Handle.runtimeBase + 8 + number)
      performIgnoringErrors(Close { $0.handle = handle })
    }
  }
}
