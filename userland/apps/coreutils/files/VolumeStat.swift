// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import OptionParser
import UtilityFrame

/// `stat -f`: what is known of the file systems that files are in.
enum VolumeStat {
  static func run(_ options: Options, _ invocation: Invocation) -> Int32 {
    let usual: Text = """
        File: "%n"
          ID: %-12i Namelen: %l
      Block size: %s
      Blocks: Total: %-10b Free: %-10f Available: %a
      Inodes: Total: %-10c Free: %d

      """
    for operand in options.operands {
      do throws(SystemError) {
        let path = try invocation.system.realPath(operand)
        let volume = try invocation.system.volumeStatus(path)
        var format = usual
        if let line = options.value("-c") {
          format = line + "\n"
        } else if let text = options.value("--printf") {
          format = text.replacing("\\n", with: "\n").replacing("\\t", with: "\t")
        }
        StatFormat.put(format, invocation) { value($0, operand, path, volume) }
      } catch {
        invocation.complain(
          "cannot stat the file system of " + operand.quotedForMessage + ": "
            + Text(error.explanation))
      }
    }
    return 0
  }

  private static func value(
    _ letter: UInt8, _ operand: Text, _ path: Text, _ volume: FileSystemStatusRecord
  ) -> Text? {
    switch letter {
    case UInt8(ascii: "n"): operand.shownSafely
    case UInt8(ascii: "i"): SchemePath(absolute: path).scheme
    case UInt8(ascii: "l"): number(volume.nameLimit)
    case UInt8(ascii: "s"), UInt8(ascii: "S"): number(volume.blockSize)
    case UInt8(ascii: "b"): number(volume.blocks)
    case UInt8(ascii: "f"): number(volume.freeBlocks)
    case UInt8(ascii: "a"): number(volume.availableBlocks)
    case UInt8(ascii: "c"): number(volume.files)
    case UInt8(ascii: "d"): number(volume.freeFiles)
    case UInt8(ascii: "%"): "%"
    default: nil
    }
  }

  private static func number(_ value: UInt64) -> Text { Text { $0.put(decimal: value) } }
}
