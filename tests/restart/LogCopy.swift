// SPDX-License-Identifier: MIT
import System
import TestRuntime

/// A file that the log is copied to while the log's server is killed.
enum LogCopy {
  private static let path: Text = "/tmp/restart-log"

  static func begin() throws(TestFailure) { try tell(path) }

  /// The log is what stands at the end of the file, each byte once.
  static func end() throws(TestFailure) {
    for _ in 0..<20 {
      let log = try read("/scheme/log")
      let copy = try read(path)
      // Somebody may say something in between.
      guard try read("/scheme/log").count == log.count else { continue }
      try expect(log.count > 1000 && copy.count >= log.count, "a copy of the log")
      let start = copy.count - log.count
      for index in log.indices where log[index] != copy[start + index] {
        throw TestFailure("a byte of the log's copy is another")
      }
      try tell("-" + path)
      return try succeed("removing the copy") { () throws(SystemError) in
        try FileSystem.remove(path)
      }
    }
    throw TestFailure("the log does not come to rest")
  }

  private static func tell(_ text: Text) throws(TestFailure) {
    try succeed("telling the log where to be copied") { () throws(SystemError) in
      try File("/scheme/log/add_sink", .write).writeAll(text)
    }
  }

  private static func read(_ path: Text) throws(TestFailure) -> [UInt8] {
    try succeed("reading the log") { () throws(SystemError) in try FileSystem.read(path) }
  }
}
