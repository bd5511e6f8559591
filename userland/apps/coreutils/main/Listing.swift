// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import System
import Utilities

extension Coreutils {
  static func ls(_ arguments: [Text]) throws(UsageError) -> Int32 {
    let options = try Options(arguments, allowed: "1adl")
    if options.wantsHelp { return help(.ls) }
    let paths = options.operands.isEmpty ? ["."] : options.operands
    var output = Output()
    var status: Int32 = 0
    for (index, path) in paths.enumerated() {
      do throws(SystemError) {
        let isListed =
          try FileSystem.status(path).mode & FileMode.typeMask == FileMode.directory
          && !options.has("d")
        if isListed, paths.count > 1 {
          if index > 0 { output.put(UInt8(ascii: "\n")) }
          output.put((path + ":\n").span)
        }
        if isListed {
          try list(path, options, &output)
        } else {
          try show(path, path, options, &output)
        }
      } catch {
        complain(.ls, path, error)
        status = 1
      }
    }
    return finish(.ls, &output, status)
  }

  private static func list(
    _ path: Text, _ options: Options, _ output: inout Output
  ) throws(SystemError) {
    let entries = try Directory(path).entries().sorted { $0.name < $1.name }
    for entry in entries where options.has("a") || !entry.name.hasPrefix(".") {
      try show(entry.name, Path.join(path, entry.name), options, &output)
    }
  }

  private static func show(
    _ name: Text, _ path: Text, _ options: Options, _ output: inout Output
  ) throws(SystemError) {
    if options.has("l") {
      let status = try FileSystem.status(path, ofLink: true)
      var line = ModeText.text(status.mode)
      line.put(decimal: UInt64(status.links), width: 4)
      line.put(decimal: UInt64(status.user), width: 6)
      line.put(decimal: UInt64(status.group), width: 6)
      line.put(decimal: status.size, width: 11)
      line.put(UInt8(ascii: " "))
      output.put(line.span)
    }
    output.put(name.span)
    if options.has("l"), let target = target(of: path) { output.put((" -> " + target).span) }
    output.put(UInt8(ascii: "\n"))
  }

  /// Where a link leads; nil if the file is no link.
  private static func target(of path: Text) -> Text? {
    do throws(SystemError) { return try FileSystem.target(ofLink: path) } catch { return nil }
  }
}
