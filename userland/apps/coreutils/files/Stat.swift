// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import Manual
import OptionParser
import UtilityFrame

enum Stat: UtilityProgram {
  static var manual: Manual {
    Manual(
      "stat", "show what is known of files", synopsis: ["[-fL] [-c FORMAT] FILE…"],
      description: """
        Shows type, size, owner, permissions and times. In a format, %n is the name, %N with the \
        target of a link, %F the type, %s the size, %b blocks of 512 bytes, %B 512, %o the best size \
        of a transfer, %a the permissions in octal, %A as ls shows them, %f the mode in hexadecimal, \
        %u %U %g %G owner and group, %i the number, %d the device, %h the links, %w %x %y %z the \
        times of making, reading, changing and changing what is known, in seconds as %W %X %Y %Z.

        With -f, %n is the name, %i the scheme, %l how long names may be, %s and %S the size of a block, \
        %b all blocks, %f those that are free, %a those that may be used, %c the number of files that \
        fit, %d how many of them are free.
        """,
      options: [
        .init("-c, --format=FORMAT", "this, and a line feed"),
        .init("-f, --file-system", "of the file system that the file is in"),
        .init("-L, --dereference", "of what links lead to"),
        .init("--printf=FORMAT", "this, where \\n is a line feed and \\t a tab"),
      ],
      examples: [.init("stat -c '%a %n' /tmp", "permissions and name")], seeAlso: ["ls", "df"])
  }

  static func run(_ invocation: Invocation) throws(UtilityStop) -> Int32 {
    let options = try invocation.options()
    guard !options.operands.isEmpty else { throw .usage("which file?") }
    if options.has("-f") { return VolumeStat.run(options, invocation) }
    let printer = StatPrinter(invocation)
    let usual: Text = """
        File: %N
        Size: %-11s Blocks: %-10b IO Block: %o   %F
      Device: %-9d Inode: %-11i Links: %h
      Access: (%a/%A)  Uid: (%u/%U)   Gid: (%g/%G)
      Access: %x
      Modify: %y
      Change: %z
       Birth: %w

      """
    for operand in options.operands {
      do throws(SystemError) {
        // Standard input is a file too.
        let status =
          operand == "-"
          ? try invocation.system.status(of: .standardInput)
          : try invocation.system.status(operand, following: options.has("-L"))
        if let format = options.value("-c") {
          printer.put(format, operand, status)
          invocation.output.put("\n")
        } else if let format = options.value("--printf") {
          let lines = format.replacing("\\n", with: "\n").replacing("\\t", with: "\t")
          printer.put(lines, operand, status)
        } else {
          printer.put(usual, operand, status)
        }
      } catch {
        invocation.complain(
          "cannot stat " + operand.quotedForMessage + ": " + Text(error.explanation))
      }
    }
    return 0
  }
}

private struct StatPrinter {
  private let invocation: Invocation
  private let names: UserNames
  private let time: TimeFormat

  init(_ invocation: Invocation) {
    self.invocation = invocation
    names = UserNames(invocation.system)
    time = TimeFormat(invocation.system.zone)
  }

  func put(_ format: Text, _ path: Text, _ status: FileStatus) {
    StatFormat.put(format, invocation) { value($0, path, status) }
  }

  private func value(_ letter: UInt8, _ path: Text, _ status: FileStatus) -> Text? {
    switch letter {
    case UInt8(ascii: "n"): path
    case UInt8(ascii: "N"): name(path, status)
    case UInt8(ascii: "F"): Self.type(status)
    case UInt8(ascii: "A"): ModeText.text(status.mode)
    case UInt8(ascii: "a"): Text { $0.put(octal: UInt64(status.permissions)) }
    case UInt8(ascii: "f"): Text { $0.put(hexadecimal: UInt64(status.mode)) }
    case UInt8(ascii: "s"): number(status.size)
    case UInt8(ascii: "b"): number(status.blocks)
    case UInt8(ascii: "B"): number(512)
    case UInt8(ascii: "o"): number(status.blockSize)
    case UInt8(ascii: "d"): number(status.device)
    case UInt8(ascii: "i"): number(status.inode)
    case UInt8(ascii: "h"): number(UInt64(status.links))
    case UInt8(ascii: "u"): number(UInt64(status.user))
    case UInt8(ascii: "g"): number(UInt64(status.group))
    case UInt8(ascii: "U"): names.name(ofUser: status.user)
    case UInt8(ascii: "G"): names.name(ofGroup: status.group)
    case UInt8(ascii: "w"): status.created == 0 ? "-" : moment(status.created)
    case UInt8(ascii: "x"): moment(status.accessed)
    case UInt8(ascii: "y"): moment(status.modified)
    case UInt8(ascii: "z"): moment(status.changed)
    case UInt8(ascii: "W"): number(status.created / 1_000_000_000)
    case UInt8(ascii: "X"): number(status.accessed / 1_000_000_000)
    case UInt8(ascii: "Y"): number(status.modified / 1_000_000_000)
    case UInt8(ascii: "Z"): number(status.changed / 1_000_000_000)
    case UInt8(ascii: "%"): "%"
    default: nil
    }
  }

  private func number(_ value: UInt64) -> Text { Text { $0.put(decimal: value) } }

  private func moment(_ nanoseconds: UInt64) -> Text {
    time.text("%Y-%m-%d %H:%M:%S.%N %z", Int64(clamping: nanoseconds))
  }

  private func name(_ path: Text, _ status: FileStatus) -> Text {
    guard status.isLink else { return path.shownSafely }
    do throws(SystemError) {
      return path.shownSafely + " -> " + (try invocation.system.target(ofLink: path)).shownSafely
    } catch { return path.shownSafely }
  }

  private static func type(_ status: FileStatus) -> Text {
    switch status.type {
    case FileMode.regular: status.size == 0 ? "regular empty file" : "regular file"
    case FileMode.directory: "directory"
    case FileMode.symbolicLink: "symbolic link"
    case FileMode.fifo: "fifo"
    case FileMode.socket: "socket"
    case FileMode.characterDevice: "character special file"
    case FileMode.blockDevice: "block special file"
    default: "file of unknown type"
    }
  }
}
