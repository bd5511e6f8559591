// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import Manual
import OptionParser
import UtilityFrame

enum Touch: UtilityProgram {
  static var manual: Manual {
    Manual(
      "touch", "set the times of files, making those that are not there",
      synopsis: ["[-acmh] [-d DATE | -r FILE | -t STAMP] FILE…"],
      description: """
        Sets the times at which the files were last read and changed to now, or to another time. A \
        file that is not there is made, empty.
        """,
      options: [
        .init("-a", "only the time of reading"), .init("-m", "only the time of changing"),
        .init("-c, --no-create", "make no files"),
        .init("-d, --date=DATE", "a date as date -d takes it"),
        .init("-h, --no-dereference", "of links themselves"),
        .init("-r, --reference=FILE", "the times of this file"),
        .init("-t STAMP", "[[CC]YY]MMDDhhmm[.ss]"),
      ], seeAlso: ["date", "stat"])
  }

  static func run(_ invocation: Invocation) throws(UtilityStop) -> Int32 {
    let options = try invocation.options()
    guard !options.operands.isEmpty else { throw .usage("which file?") }
    let attributes = try times(options, invocation)
    for operand in options.operands {
      do throws(SystemError) {
        try touch(operand, attributes, options, invocation.system)
      } catch {
        invocation.complain(
          "cannot touch " + operand.quotedForMessage + ": " + Text(error.explanation))
      }
    }
    return 0
  }

  private static func times(
    _ options: Options, _ invocation: Invocation
  ) throws(UtilityStop) -> FileAttributes {
    var attributes = FileAttributes()
    attributes.accessed = invocation.system.wallClock
    if let reference = options.value("-r") {
      do throws(SystemError) {
        let status = try invocation.system.status(reference, following: !options.has("-h"))
        attributes.accessed = status.accessed
        attributes.modified = status.modified
      } catch {
        throw .failed(reference.shownSafely + ": " + Text(error.explanation))
      }
    } else {
      let clock = DateReader(zone: invocation.system.zone, now: invocation.system.wallClock)
      if let date = options.value("-d") {
        guard let time = clock.read(date), time >= 0 else {
          throw .usage("invalid date " + date.quotedForMessage)
        }
        attributes.accessed = UInt64(time)
      } else if let stamp = options.value("-t") {
        guard let time = clock.readStamp(stamp), time >= 0 else {
          throw .usage("invalid time stamp " + stamp.quotedForMessage)
        }
        attributes.accessed = UInt64(time)
      }
      attributes.modified = attributes.accessed
    }
    if options.has("-a") || !options.has("-m") { attributes.valid |= 8 }
    if options.has("-m") || !options.has("-a") { attributes.valid |= 16 }
    return attributes
  }

  private static func touch(
    _ path: Text, _ attributes: FileAttributes, _ options: Options, _ system: UtilitySystem
  ) throws(SystemError) {
    let following = !options.has("-h")
    do throws(SystemError) {
      try system.setAttributes(path, attributes, following: following)
    } catch {
      guard error == .notFound else { throw error }
      if options.has("-c") { return }
      let handle = try system.openFile(path, .write | .create, mode: 0o666)
      defer { system.close(handle) }
      try system.setAttributes(of: handle, attributes)
    }
  }
}
