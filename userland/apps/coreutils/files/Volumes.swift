// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import Hierarchy
import Manual
import OptionParser
import UtilityFrame

enum Mount: UtilityProgram {
  static var manual: Manual {
    Manual(
      "mount", "serve the volume on a disk as a scheme", synopsis: ["[-r] DISK NAME", ""],
      description: """
        Has init serve the RedoxFS volume on a disk, in a partition or in an image file as the scheme \
        NAME, under /scheme/NAME. The service is called redoxfs@NAME; its server can be killed like any \
        other. A disk that cannot be written is served read-only. A volume is mounted once; with -r, which \
        keeps others from writing it, any number of times. While a disk refuses writes that it \
        took before, the volume can be read, and the service tries again; service log \
        'redoxfs@NAME' says so. Without operands, shows what is mounted. Only root may mount.
        """,
      options: [.init("-r, --read-only", "change nothing: every change is refused")],
      examples: [.init("mount /tmp/volume data", "the volume in an image file as /scheme/data")],
      seeAlso: ["umount", "redoxfs-mkfs", "df", "lsblk"])
  }

  static func run(_ invocation: Invocation) throws(UtilityStop) -> Int32 {
    let options = try invocation.options()
    let operands = options.operands
    if operands.isEmpty { return try list(invocation) }
    guard operands.count == 2 else { throw .usage("a disk and a name are needed") }
    guard !operands[0].contains(0x0A) else { throw .usage("a path of one line is needed") }
    let name = operands[1]
    guard name.words() == [name], !name.contains(0x2F), !name.contains(0x3A), name != ".",
      name != ".."
    else { throw .usage(name.quotedForMessage + " is no name for a scheme") }
    let command: Text = options.has("-r") ? "mount-read-only " : "mount "
    let disk = Path.join(invocation.system.workingDirectory, operands[0])
    do throws(SystemError) {
      try invocation.system.controlServices(command + operands[1] + " " + disk + "\n")
    } catch {
      var reason = Text(error.explanation)
      if error == .inputOutput || error == .timedOut {
        // init would start it again and again.
        try? invocation.system.controlServices("unmount " + operands[1] + "\n")
        reason = lastWords(of: "redoxfs@" + operands[1], disk, invocation)
      }
      throw .failed(operands[0].shownSafely + ": " + reason)
    }
    return 0
  }

  /// What a service said last that did not start.
  private static func lastWords(
    of service: Text, _ disk: Text, _ invocation: Invocation
  ) -> Text {
    let path = "/scheme/service/" + service + "/log"
    var lines: [Text] = []
    do throws(SystemError) {
      lines = Text(try invocation.system.contents(path, limit: 65_536)).lines()
    } catch { return "it is not served; see service log " + service }
    let mark = disk + ": "
    for line in lines.reversed() {
      if let place = line.firstIndex(of: mark) { return line[(place + mark.count)...] }
    }
    return "it is not served; see service log " + service
  }

  private static func list(_ invocation: Invocation) throws(UtilityStop) -> Int32 {
    do throws(SystemError) {
      for item in try invocation.system.entries("/scheme/service") {
        // A service that is going away just now is none.
        guard
          let bytes = try? invocation.system.contents(
            "/scheme/service/" + item.name + "/status", limit: 65_536)
        else { continue }
        let lines = Text(bytes).lines()
        guard lines.contains(where: { $0 == "state: running" }),
          let command = lines.first(where: { $0.hasPrefix("command: ") }),
          let shown = shown(command)
        else { continue }
        invocation.output.put(shown)
      }
    } catch { throw .failed("/scheme/service: " + Text(error.explanation)) }
    return 0
  }
}

extension Mount {
  /// A line for a service whose command is `redoxfs [-r] DISK SCHEME`; `nil` for others.
  fileprivate static func shown(_ command: Text) -> Text? {
    let start: Text = "command: redoxfs "
    guard command.hasPrefix(start), let space = command.lastIndex(of: 0x20), space >= start.count
    else { return nil }
    let scheme = command[(space + 1)...]
    var disk = command[start.count..<space]
    let isReadOnly = disk.hasPrefix("-r ")
    if isReadOnly { disk = disk[3...] }
    let number: Text = "--uuid "
    if disk.hasPrefix(number) { disk = "UUID=" + disk[number.count...] }
    let place: Text = scheme == "file" ? "/" : "/scheme/" + scheme
    return disk + " on " + place + (isReadOnly ? " (read-only)\n" : "\n")
  }
}

enum Umount: UtilityProgram {
  static var manual: Manual {
    Manual(
      "umount", "end serving a volume", synopsis: ["[-f] NAME…"],
      description: """
        Brings everything onto the disk and ends serving what mount began to serve. Refused while files \
        of the volume are open.
        """,
      options: [.init("-f, --force", "also while files are open: who has them hears errors")],
      seeAlso: ["mount", "sync"])
  }

  static func run(_ invocation: Invocation) throws(UtilityStop) -> Int32 {
    let options = try invocation.options()
    guard !options.operands.isEmpty else { throw .usage("which volume?") }
    for operand in options.operands {
      let name = operand.hasPrefix("/scheme/") ? operand[8...] : operand
      do throws(SystemError) {
        if !options.has("-f") {
          let handle = try invocation.system.openFile("/scheme/" + name)
          defer { invocation.system.close(handle) }
          var nothing: [UInt8] = []
          guard
            try invocation.system.call(
              handle, VolumeOperation.openFiles, Span(), into: &nothing) == 0
          else { throw .busy }
        }
        try invocation.system.controlServices("unmount " + name + "\n")
      } catch { invocation.complain(operand, error) }
    }
    return 0
  }
}

enum SnapshotUtility: UtilityProgram {
  static var manual: Manual {
    Manual(
      "snapshot", "keep states of a volume", synopsis: ["COMMAND PLACE [NAME]"],
      description: """
        Keeps the present state of the volume that PLACE lies on under a name, and does other things \
        with what is kept. A snapshot takes no space until the volume changes. What is in it can be read \
        in the directory .snapshots/NAME of the volume's root, which lists of the root do not show; it \
        cannot be changed, and programs cannot be started from there. Files that are open in it when it is \
        deleted cannot be read any more.
        """,
      operands: [
        .init(
          "list", "a line for each: the commit, when it was made, its name"),
        .init("create", "keep the present state as NAME"),
        .init("delete", "forget NAME, and give back what it alone has"),
        .init(
          "rollback",
          "make NAME the present state; what was done since is lost. No file may be open"),
      ],
      examples: [
        .init("snapshot create / before", "keep the state of the root file system"),
        .init("cp -a /.snapshots/before/etc /tmp", "fetch what it had"),
      ],
      seeAlso: ["df", "mount"])
  }

  static func run(_ invocation: Invocation) throws(UtilityStop) -> Int32 {
    let operands = try invocation.options().operands
    guard operands.count >= 2 else { throw .usage("a command and a place are needed") }
    let code: UInt32
    switch operands[0] {
    case "list": code = VolumeOperation.listSnapshots
    case "create": code = VolumeOperation.makeSnapshot
    case "delete": code = VolumeOperation.removeSnapshot
    case "rollback": code = VolumeOperation.rollBack
    default: throw .usage("unknown command " + operands[0].quotedForMessage)
    }
    let takesName = code != VolumeOperation.listSnapshots
    guard operands.count == (takesName ? 3 : 2) else {
      throw .usage(takesName ? "a name is needed" : "one place is needed")
    }
    let handle: Handle
    do throws(SystemError) { handle = try invocation.system.openFile(operands[1]) } catch {
      throw .failed(operands[1].shownSafely + ": " + Text(error.explanation))
    }
    defer { invocation.system.close(handle) }
    do throws(SystemError) {
      var output = [UInt8](repeating: 0, count: takesName ? 0 : 65_536)
      let name = takesName ? operands[2] : Text()
      let count = try invocation.system.call(handle, code, name.span, into: &output)
      if !takesName {
        put(snapshots: Text(output[0..<min(Int(count), output.count)]), invocation)
      }
    } catch {
      if error == .noSystemCall { throw .failed(operands[1].shownSafely + ": keeps no states") }
      // It is the volume that is in use.
      let subject = error == .busy ? operands[1] : operands[operands.count - 1]
      throw .failed(subject.shownSafely + ": " + Text(error.explanation))
    }
    return 0
  }
}

extension SnapshotUtility {
  /// Prints the lines that redoxfs tells, commit, second and name, with the second as a date.
  fileprivate static func put(snapshots: Text, _ invocation: Invocation) {
    let time = TimeFormat(invocation.system.zone)
    for line in snapshots.lines() {
      let parts = line.split(at: 0x09, limit: 3)
      guard parts.count == 3, let second = wholeNumber(parts[1]), second < 1 << 33 else {
        invocation.output.put(line + "\n")
        continue
      }
      let date = time.text("%Y-%m-%d %H:%M:%S", Int64(second) * 1_000_000_000)
      invocation.output.put(parts[0] + "\t" + date + "\t" + parts[2].shownSafely + "\n")
    }
  }
}

enum Lsblk: UtilityProgram {
  static var manual: Manual {
    Manual(
      "lsblk", "list disks and partitions", synopsis: ["[-b]"],
      description: "Lists what the schemes disk.* have: whole disks and their partitions.",
      options: [.init("-b, --bytes", "sizes in bytes")], seeAlso: ["mount", "df"])
  }

  static func run(_ invocation: Invocation) throws(UtilityStop) -> Int32 {
    let options = try invocation.options()
    guard options.operands.isEmpty else { throw .usage("there is nothing to name") }
    var table = TextTable([.left, .right, .left])
    table.add(["NAME", "SIZE", "TYPE"])
    let schemes: [Text]
    do throws(SystemError) {
      schemes = try invocation.system.entries("/scheme").map { $0.name }
        .filter { $0.hasPrefix("disk.") }.sorted()
    } catch { throw .failed("/scheme: " + Text(error.explanation)) }
    for scheme in schemes {
      let place = "/scheme/" + scheme
      do throws(SystemError) {
        for item in try invocation.system.entries(place).sorted(by: { $0.name < $1.name }) {
          let size = try invocation.system.status(place + "/" + item.name, following: true).size
          let isPart = item.name.contains(UInt8(ascii: "p"))
          table.add([
            place + "/" + item.name,
            Text { if options.has("-b") { $0.put(decimal: size) } else { $0.put(byteSize: size) } },
            isPart ? "part" : "disk",
          ])
        }
      } catch { invocation.complain(place, error) }
    }
    invocation.output.put(table.text())
    return 0
  }
}

extension UtilitySystem {
  /// Tells init what to do with a service.
  fileprivate func controlServices(_ command: Text) throws(SystemError) {
    let handle = try openFile("/scheme/service/control", .write, mode: 0)
    defer { close(handle) }
    try writeAll(handle, command.span)
  }
}
