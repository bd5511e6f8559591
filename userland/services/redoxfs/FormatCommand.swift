// SPDX-License-Identifier: MIT
import Hierarchy
import ABI
import Memory
import RedoxFS
import Base
import Core
import Manual
import OptionParser

/// What `redoxfs-mkfs` was asked for.
public struct FormatCommand: Sendable {
  public var disk: Text
  /// An image file of so many blocks of 4096 bytes is to be made.
  public var blockCount: UInt64?
  /// A volume that is there may be lost.
  public var overwrites: Bool

  /// - Throws: what is to be said, if the arguments make no sense; `nil` if help is wanted.
  @export(interface)
  public init(_ arguments: [Text]) throws(FormatUsage) {
    let options: Options
    do throws(OptionError) { options = try Options(arguments, Self.manual.options) } catch {
      throw error == .help ? .help : .wrong(error.message)
    }
    guard options.operands.count == 1 else {
      throw .wrong(options.operands.isEmpty ? "a disk is missing" : "one disk at a time")
    }
    disk = options.operands[0]
    overwrites = options.has("-f")
    guard let size = options.value("-s") else { return }
    do throws(NumberError) {
      let mebibytes = try UInt64(decimal: size.span)
      guard mebibytes >= 2, mebibytes <= 1 << 32 else { throw .overflow }
      blockCount = mebibytes &* 256
    } catch { throw .wrong(size.quotedForMessage + " is no size in MiB, of 2 at least") }
  }

  public static var manual: Manual {
    Manual(
      "redoxfs-mkfs", "make an empty RedoxFS volume", synopsis: ["[-f] [-s MIB] DISK"],
      description: """
        Makes an empty volume on a disk, a partition or an image file. What is there already is lost; \
        a volume of RedoxFS only if that was asked for. A volume that is mounted is left alone.
        """,
      options: [
        .init("-f, --force", "overwrite a volume of RedoxFS that is there"),
        .init("-s, --size=MIB", "make an image file of so many MiB, of 2 at least"),
      ],
      exitStatus: [
        .init("0", "the volume is made"), .init("1", "it could not be made"),
        .init("2", "the arguments make no sense"),
      ],
      examples: [
        .init("redoxfs-mkfs -s 64 /tmp/volume", "make an image file with a volume of 64 MiB")
      ], seeAlso: ["mount", "df"])
  }
}

/// Why there is nothing to make.
public enum FormatUsage: Error, Equatable {
  case help
  case wrong(Text)
}
