// SPDX-License-Identifier: MIT
import Host

/// What a guest is asked to do, as it travels in the second archive of the initrd.
public struct GuestRequest: Sendable {
  /// The command line, when there is no script.
  public var command: String?
  public var script: [UInt8]?
  /// Files for the guest, under their paths there without a leading slash.
  public var put: [ArchiveItem] = []
  /// Where files of the guest go, by their path there.
  public var get: [String: String] = [:]

  public init() {}

  /// The archive's contents: `exec/command` or `exec/script`, `exec/put/…`, and `exec/get` with one
  /// path on each line.
  var items: [ArchiveItem] {
    var items: [ArchiveItem] = []
    if let command {
      items.append(ArchiveItem("exec/command", mode: 0o600, .file(Array(command.utf8))))
    }
    if let script { items.append(ArchiveItem("exec/script", mode: 0o600, .file(script))) }
    if !get.isEmpty {
      let lines = get.keys.sorted().map { "\($0)\n" }.joined()
      items.append(ArchiveItem("exec/get", mode: 0o600, .file(Array(lines.utf8))))
    }
    for item in put {
      items.append(ArchiveItem("exec/put/\(item.path)", mode: item.mode, item.content))
    }
    return items
  }

  /// A system that does what is asked when it boots: its archive, followed by that of the request,
  /// in the file `initrd` of `folder`.
  public func attached(
    to system: BootableSystem, in folder: String
  ) throws(BuildError) -> BootableSystem {
    let archive = try encode(items, for: "the command for the guest")
    return try asBuildError { () throws(HostError) in
      let initrd = "\(folder)/initrd"
      let request = "\(folder)/request"
      try Files.write(try Files.read(system.initrd) + archive, to: initrd)
      try Files.write(archive, to: request)
      return BootableSystem(kernel: system.kernel, initrd: initrd, request: request)
    }
  }
}
