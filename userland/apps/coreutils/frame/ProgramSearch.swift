// SPDX-License-Identifier: MIT
public import ABI
public import Base

extension UtilitySystem {
  /// The files that the command `name` could mean, the one that it means first: the path itself if
  /// it has a slash, otherwise what the directories of `PATH` have by that name.
  @export(interface)
  public final func programs(_ name: Text, path: Text? = nil) -> [Text] {
    guard !name.contains(UInt8(ascii: "/")) else { return isProgram(name) ? [name] : [] }
    guard !name.isEmpty else { return [] }
    var found: [Text] = []
    let list = path ?? environmentValue("PATH") ?? "/bin"
    // Directories are apart by `:`, in the way of Redox also by `;`.
    let separator = list.contains(UInt8(ascii: ";")) ? UInt8(ascii: ";") : UInt8(ascii: ":")
    for directory in list.split(at: separator) {
      let place = Path.join(directory.isEmpty ? "." : directory, name)
      if isProgram(place) { found.append(place) }
    }
    return found
  }

  private final func isProgram(_ path: Text) -> Bool {
    guard let status = statusIfAny(path) else { return false }
    return status.isRegular && status.mode & 0o111 != 0
  }
}

extension Invocation {
  /// Starts a command as `env`, `timeout`, `xargs` do, and complains if that fails.
  ///
  /// - Parameter start: gets the file to start.
  /// - Throws: status 127 if there is no such program, 126 if it cannot be started.
  public func startCommand<Result>(
    _ name: Text, path: Text? = nil, _ start: (Text) throws(SystemError) -> Result
  ) throws(UtilityStop) -> Result {
    // What has a slash is tried as it is, so that the system says why it cannot be started.
    let isPath = name.contains(UInt8(ascii: "/"))
    guard let file = isPath ? name : system.programs(name, path: path).first else {
      complain(name, .notFound)
      throw .status(127)
    }
    do throws(SystemError) { return try start(file) } catch {
      complain(name, error)
      throw .status(error == .notFound ? 127 : 126)
    }
  }
}
