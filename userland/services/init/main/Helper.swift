// SPDX-License-Identifier: MIT
import ExecStream
import System

/// What init's own file does in a child, where waiting for servers harms nobody.
enum Helper {
  /// Becomes another program, which lies on a file system.
  case launch
  /// Copies a service's program from a file system into memory that init keeps.
  case load
  /// Writes the units, tables and variables of the root file system to standard output, as frames.
  case units

  var name: Text {
    switch self {
    case .launch: "init-launch"
    case .load: "init-load"
    case .units: "init-units"
    }
  }

  /// Where units, tables and variables are, later folders replacing what has the same name in earlier ones.
  static var folders: [Text] {
    [
      "usr/lib/environment.d/", "etc/environment.d/", "usr/lib/services/", "etc/services/",
      "usr/lib/init.d/", "etc/init.d/",
    ]
  }

  /// Larger programs are refused.
  static var programLimit: Int { 64 << 20 }

  /// Does a helper's work if this process is one.
  /// - Returns: false in process 1.
  static func run() -> Bool {
    let name = Arguments.text(at: 0)
    if name == Helper.launch.name { becomeProgram() }
    if name == Helper.load.name { ProgramLoading.run() }
    if name == Helper.units.name {
      writeUnits()
      return true
    }
    return false
  }

  private static func becomeProgram() -> Never {
    let arguments = Arguments.all
    guard let name = arguments.first else { exit(127) }
    for path in candidates(for: name) {
      do throws(ExecutableError) {
        try Process.replace(System.Program(path, arguments))
      } catch {
        guard error.reason == .notFound else {
          Log.error(error.explanation)
          exit(126)
        }
      }
    }
    Log.error { line in
      line.put(name)
      line.put(": there is no such program")
    }
    exit(127)
  }

  /// Where a program may be that a unit calls `name`.
  static func candidates(for name: Text) -> [Text] {
    if name.contains(0x2F) || name.contains(0x3A) { return [name] }
    let path = Environment.value(of: "PATH") ?? "/bin:/usr/bin"
    var candidates: [Text] = []
    for folder in path.split(at: 0x3A) where !folder.isEmpty {
      candidates.append(Path.join(folder, name))
    }
    return candidates
  }

  /// The largest unit or table that is read.
  private static var fileLimit: Int { 65_537 }

  private static func writeUnits() {
    var output = Output()
    for folder in folders {
      for name in names(in: "/" + folder) {
        do throws(SystemError) {
          let bytes = try FileSystem.read("/" + folder + name, limit: fileLimit)
          let path = folder + name
          output.putFileStart(mode: 0o644, byteCount: UInt64(bytes.count), name: path.span)
          output.putFrame(.fileData, bytes.span)
          output.put(Frame.fileEnd)
        } catch {
          Log.error { line in
            line.put("/")
            line.put(folder)
            line.put(name)
            line.put(": ")
            line.put(error.explanation)
          }
        }
      }
    }
    do throws(SystemError) { try output.flush() } catch { exit(1) }
  }

  private static func names(in folder: Text) -> [Text] {
    do throws(SystemError) {
      var names: [Text] = []
      for entry in try Directory(folder).entries()
      where entry.type == FileMode.regular || entry.type == FileMode.symbolicLink {
        names.append(entry.name)
      }
      return names
    } catch { return [] }
  }
}
