// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import Manual
import OptionParser
import UtilityFrame

// Utilities that print a path.

enum Pwd: UtilityProgram {
  static var manual: Manual {
    Manual(
      "pwd", "print the working directory", synopsis: ["[-LP]"],
      description: "Prints the absolute path of the working directory.",
      options: [
        .init("-L", "as it was come by, links and all; the default"),
        .init("-P", "without links"),
      ], seeAlso: ["realpath"])
  }

  static func run(_ invocation: Invocation) throws(UtilityStop) -> Int32 {
    let options = try invocation.options()
    guard options.operands.isEmpty else { throw .usage("pwd takes no operands") }
    var path = invocation.system.workingDirectory
    if options.last(of: ["-L", "-P"]) == 1 {
      do throws(SystemError) { path = try invocation.system.realPath(path) } catch {
        throw .failed(path.shownSafely + ": " + Text(error.explanation))
      }
    }
    invocation.output.put(path + "\n")
    return 0
  }
}

enum Which: UtilityProgram {
  static var manual: Manual {
    Manual(
      "which", "find a command's file", synopsis: ["[-a] NAME…"],
      description: "Prints the file that each command means: the first that PATH leads to.",
      options: [.init("-a", "all that PATH leads to")],
      exitStatus: [.init("0", "All were found."), .init("1", "One was not.")],
      seeAlso: ["env"])
  }

  static func run(_ invocation: Invocation) throws(UtilityStop) -> Int32 {
    let options = try invocation.options()
    guard !options.operands.isEmpty else { throw .usage("which command?") }
    var status: Int32 = 0
    for name in options.operands {
      let found = invocation.system.programs(name)
      if found.isEmpty { status = 1 }
      for path in options.has("-a") ? found[...] : found.prefix(1) {
        invocation.output.put(path + "\n")
      }
    }
    return status
  }
}

enum Readlink: UtilityProgram {
  static var manual: Manual {
    Manual(
      "readlink", "print where a link leads", synopsis: ["[-efmn] FILE…"],
      description: "Prints the target of each link; with -f, -e or -m what realpath would print.",
      options: [
        .init("-f, --canonicalize", "the path without links; its last part may be missing"),
        .init("-e, --canonicalize-existing", "the path without links; all of it must be there"),
        .init("-m, --canonicalize-missing", "the path without links; any of it may be missing"),
        .init("-n, --no-newline", "no line feed after the last"),
      ],
      exitStatus: [.init("0", "All were printed."), .init("1", "One is no link.")],
      seeAlso: ["realpath", "ln"])
  }

  static func run(_ invocation: Invocation) throws(UtilityStop) -> Int32 {
    let options = try invocation.options()
    guard !options.operands.isEmpty else { throw .usage("which file?") }
    let missing: [MissingParts] = [.last, .nothing, .all]
    let mode = options.last(of: ["-f", "-e", "-m"]).map { missing[$0] }
    var status: Int32 = 0
    for (index, operand) in options.operands.enumerated() {
      do throws(SystemError) {
        let path =
          if let mode {
            try invocation.system.realPath(operand, missing: mode)
          } else {
            try invocation.system.target(ofLink: operand)
          }
        invocation.output.put(path)
        if !options.has("-n") || index < options.operands.count - 1 { invocation.output.put("\n") }
      } catch {
        // What is no link is no mistake to speak of, only a status.
        status = 1
      }
    }
    return status
  }
}

enum Realpath: UtilityProgram {
  static var manual: Manual {
    Manual(
      "realpath", "print a path without links", synopsis: ["[-em] [--relative-to=DIRECTORY] FILE…"],
      description:
        "Prints the absolute path of each file, without links. Its last part may be missing.",
      options: [
        .init("-e, --canonicalize-existing", "all of it must be there"),
        .init("-m, --canonicalize-missing", "any of it may be missing"),
        .init("--relative-to=DIRECTORY", "the path that leads there from a directory"),
      ], seeAlso: ["readlink", "pwd"])
  }

  static func run(_ invocation: Invocation) throws(UtilityStop) -> Int32 {
    let options = try invocation.options()
    guard !options.operands.isEmpty else { throw .usage("which file?") }
    let missing: [MissingParts] = [.nothing, .all]
    let mode = options.last(of: ["-e", "-m"]).map { missing[$0] } ?? .last
    var base: Text?
    if let directory = options.value("--relative-to") {
      do throws(SystemError) {
        base = try invocation.system.realPath(directory, missing: mode)
        if mode != .all, let base, !invocation.system.isDirectory(base) { throw .notDirectory }
      } catch { throw .failed(directory.shownSafely + ": " + Text(error.explanation)) }
    }
    for operand in options.operands {
      do throws(SystemError) {
        let path = try invocation.system.realPath(operand, missing: mode)
        invocation.output.put((base.map { relative(path, to: $0) } ?? path) + "\n")
      } catch { invocation.complain(operand, error) }
    }
    return 0
  }
}

extension Realpath {
  /// The way from directory `base` to `path`, both absolute and without links.
  fileprivate static func relative(_ path: Text, to base: Text) -> Text {
    let (from, to) = (Path.components(of: base), Path.components(of: path))
    var common = 0
    while common < min(from.count, to.count), from[common] == to[common] { common += 1 }
    let up = Array(repeating: ".." as Text, count: from.count - common)
    let way = up + to[common...]
    return way.isEmpty ? "." : way.joined(by: "/")
  }
}

enum Basename: UtilityProgram {
  static var manual: Manual {
    Manual(
      "basename", "print the last part of a path",
      synopsis: ["PATH [ENDING]", "[-s ENDING] -a PATH…"],
      description:
        "Prints the path without its directories, and without the ending if it has that.",
      options: [
        .init("-a, --multiple", "of each path"),
        .init("-s, --suffix=ENDING", "take this ending off; the same as -a"),
      ], seeAlso: ["dirname"])
  }

  static func run(_ invocation: Invocation) throws(UtilityStop) -> Int32 {
    let options = try invocation.options()
    var paths = options.operands
    var ending = options.value("-s") ?? Text()
    guard !paths.isEmpty else { throw .usage("which path?") }
    if !options.has("-a"), !options.has("-s"), paths.count > 1 {
      guard paths.count == 2 else { throw .usage("too much: " + paths[2].quotedForMessage) }
      ending = paths.removeLast()
    }
    for path in paths {
      var end = path.count
      while end > 1, path[end - 1] == UInt8(ascii: "/") { end -= 1 }
      var name = path[0..<end]
      if let slash = name.lastIndex(of: UInt8(ascii: "/")), name.count > 1 {
        name = name[(slash + 1)...]
      }
      if name.count > ending.count, name.hasSuffix(ending) {
        name = name[0..<(name.count - ending.count)]
      }
      invocation.output.put(name + "\n")
    }
    return 0
  }
}

enum Dirname: UtilityProgram {
  static var manual: Manual {
    Manual(
      "dirname", "print a path without its last part", synopsis: ["PATH…"],
      description: "Prints the directories of each path; . if it has none.", seeAlso: ["basename"])
  }

  static func run(_ invocation: Invocation) throws(UtilityStop) -> Int32 {
    let paths = try invocation.options().operands
    guard !paths.isEmpty else { throw .usage("which path?") }
    for path in paths {
      var end = path.count
      while end > 0, path[end - 1] == UInt8(ascii: "/") { end -= 1 }
      let isRoot = end == 0 && !path.isEmpty
      while end > 0, path[end - 1] != UInt8(ascii: "/") { end -= 1 }
      let hasSlash = end > 0
      while end > 0, path[end - 1] == UInt8(ascii: "/") { end -= 1 }
      invocation.output.put(end > 0 ? path[0..<end] : isRoot || hasSlash ? "/" : ".")
      invocation.output.put("\n")
    }
    return 0
  }
}

enum Sync: UtilityProgram {
  static var manual: Manual {
    Manual(
      "sync", "bring what was written onto its medium", synopsis: ["[FILE…]"],
      description: """
        Waits until all that was written to the files is on their medium; without files, all that was \
        written to any scheme that keeps files.
        """)
  }

  static func run(_ invocation: Invocation) throws(UtilityStop) -> Int32 {
    let files = try invocation.options().operands
    if files.isEmpty { return try synchroniseAll(invocation) }
    for file in files {
      do throws(SystemError) {
        let handle = try invocation.system.openFile(file)
        defer { invocation.system.close(handle) }
        try invocation.system.synchronise(handle)
      } catch { invocation.complain(file, error) }
    }
    return 0
  }

  /// Those schemes keep files that say how many.
  private static func synchroniseAll(_ invocation: Invocation) throws(UtilityStop) -> Int32 {
    let system = invocation.system
    do throws(SystemError) {
      for item in try system.entries("/scheme") {
        let place = "/scheme/" + item.name
        guard let volume = try? system.volumeStatus(place), volume.blocks > 0 else { continue }
        do throws(SystemError) {
          let handle = try system.openFile(place)
          defer { system.close(handle) }
          try system.synchronise(handle)
        } catch {
          // What has no medium has nothing to bring there.
          if error != .notSupported { invocation.complain(place, error) }
        }
      }
    } catch { throw .failed("/scheme: " + Text(error.explanation)) }
    return 0
  }
}
