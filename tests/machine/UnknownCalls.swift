// SPDX-License-Identifier: MIT
import System
import TestRuntime

func testUnknownCalls(_ run: inout TestRun) {
  run.test("a number without a call answers noSystemCall, and nothing else happens") {
    () throws(TestFailure) in
    let words = CallWords()
    for number: UInt in [
      CallNumber.count, CallNumber.count + 1, 100, 255, 256, 1 << 16, 1 << 32, 1 << 63, .max,
      .max - 4_095,
    ] {
      // SAFETY: no call has this number.
      let result = unsafe performUnchecked(number, words)
      try expect(result == CallResult(.noSystemCall).rawValue, "the error noSystemCall")
    }
  }
  run.test("thousands of unknown calls keep nobody up") { () throws(TestFailure) in
    let start = Clock.now()
    for number: UInt in 1_000..<21_000 {
      // SAFETY: no call has this number.
      _ = unsafe performUnchecked(number, CallWords())
    }
    let list = try succeed("init's answer") { () throws(SystemError) in
      try FileSystem.read("/scheme/service/list")
    }
    try expect(!list.isEmpty, "init's list of services")
    try expect(Clock.now().since(start) < .seconds(5), "no more than the calls themselves take")
  }
}
