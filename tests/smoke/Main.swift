// SPDX-License-Identifier: MIT
import System
import TestRuntime

/// The least that everything else needs: calls, handles, memory, the clock.
@main struct Smoke {
  static func main() {
    var run = TestRun("smoke")
    run.test("the null call returns") { () throws(TestFailure) in
      _ = try succeed("null") { () throws(SystemError) in try perform(Null()) }
    }
    run.test("a handle that is not open is refused") { () throws(TestFailure) in
      try fail(with: .badHandle, "close") { () throws(SystemError) in
        try perform(Close { $0.handle = Handle(rawValue: 60_000) })
      }
    }
    run.test("the clock goes forward") { () throws(TestFailure) in
      let first = try now()
      var later = first
      var turns = 0
      while later == first && turns < 1_000_000 {
        later = try now()
        turns += 1
      }
      try expect(later > first, "a later time")
    }
    run.test("memory is there and is zero") { () throws(TestFailure) in
      let count = 1 << 20
      let bytes = [UInt8](repeating: 0, count: count)
      var sum = 0
      for byte in bytes { sum += Int(byte) }
      try expect(sum == 0, "zeros")
    }
    exit(run.end())
  }

  private static func now() throws(TestFailure) -> UInt64 {
    try succeed("clock") { () throws(SystemError) in
      try perform(ReadClock { $0.clock = .monotonic })
    }
  }
}
