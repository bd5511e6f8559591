// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import Manual
import OptionParser
import UtilityFrame

enum Df: UtilityProgram {
  static var manual: Manual {
    Manual(
      "df", "show the space that is left", synopsis: ["[-ahHikmP] [FILE…]"],
      description: """
        Shows for each scheme that keeps files, or for those that the named files are in, how much \
        fits, how much is taken and how much is free, in units of 1024 bytes.
        """,
      options: [
        .init("-a, --all", "also schemes that have no size"),
        .init("-h, --human-readable", "sizes such as 4.0K and 17M"),
        .init("-H, --si", "the same in powers of 1000"),
        .init("-i, --inodes", "numbers of files in place of space"),
        .init("-k", "in units of 1024 bytes; the default"),
        .init("-m", "in MiB"), .init("-P, --portability", "a line for each, as ever"),
        .init("--total", "at the end the sum"),
      ], seeAlso: ["du", "stat"])
  }

  static func run(_ invocation: Invocation) throws(UtilityStop) -> Int32 {
    let options = try invocation.options()
    var table = TextTable([.left, .right, .right, .right, .right, .left])
    table.add(
      options.has("-i")
        ? ["Filesystem", "Inodes", "IUsed", "IFree", "IUse%", "Mounted on"]
        : [
          "Filesystem", unit(options), "Used", "Available", "Use%",
          "Mounted on",
        ])
    var hasRow = false
    var total = FileSystemStatusRecord()
    total.blockSize = 1
    for place in try places(options, invocation) {
      do throws(SystemError) {
        // The scheme is that of what links lead to.
        let path = place.isNamed ? try invocation.system.realPath(place.path) : place.path
        let volume = try invocation.system.volumeStatus(path)
        guard volume.blocks > 0 || options.has("-a") || place.isNamed else { continue }
        table.add(row(path, volume, options))
        hasRow = true
        let size = max(volume.blockSize, 1)
        total.blocks &+= volume.blocks &* size
        total.freeBlocks &+= volume.freeBlocks &* size
        total.availableBlocks &+= volume.availableBlocks &* size
        total.files &+= volume.files
        total.freeFiles &+= volume.freeFiles
      } catch {
        if place.isNamed { invocation.complain(place.path, error) }
      }
    }
    guard hasRow else {
      // Whoever named files has been told what is wrong with them.
      guard options.operands.isEmpty else { return 1 }
      throw .failed("no file systems that say their size")
    }
    if options.has("--total") { table.add(row(nil, total, options)) }
    invocation.output.put(table.text())
    return 0
  }

  private static func unit(_ options: Options) -> Text {
    switch options.last(of: units) {
    case 0, 1: "Size"
    case 2: "1M-blocks"
    default: "1K-blocks"
    }
  }

  private static var units: [StaticString] { ["-h", "-H", "-m", "-k"] }

  private struct Place {
    var path: Text
    var isNamed: Bool
  }

  private static func places(
    _ options: Options, _ invocation: Invocation
  ) throws(UtilityStop) -> [Place] {
    guard options.operands.isEmpty else {
      return options.operands.map { Place(path: $0, isNamed: true) }
    }
    do throws(SystemError) {
      return try invocation.system.entries("/scheme").sorted { $0.name < $1.name }.map {
        Place(path: "/scheme/" + $0.name, isNamed: false)
      }
    } catch {
      throw .failed("/scheme: " + Text(error.explanation))
    }
  }

  /// - Parameter path: `nil` for the sum of all.
  private static func row(
    _ path: Text?, _ volume: FileSystemStatusRecord, _ options: Options
  ) -> [Text] {
    let scheme = path.map { SchemePath(absolute: $0).scheme } ?? "total"
    let mount: Text =
      path == nil ? "-" : scheme == "file" ? "/" : SchemePath(scheme: scheme, rest: "").path
    if options.has("-i") {
      let free = min(volume.freeFiles, volume.files)
      return [
        scheme, Text { $0.put(decimal: volume.files) },
        Text { $0.put(decimal: volume.files - free) }, Text { $0.put(decimal: free) },
        percent(volume.files - free, free), mount,
      ]
    }
    let free = min(volume.freeBlocks, volume.blocks)
    let used = volume.blocks - free
    let size = max(volume.blockSize, 1)
    return [
      scheme, amount(volume.blocks, size, options), amount(used, size, options),
      amount(volume.availableBlocks, size, options), percent(used, volume.availableBlocks), mount,
    ]
  }

  private static func amount(_ blocks: UInt64, _ size: UInt64, _ options: Options) -> Text {
    let (bytes, overflow) = blocks.multipliedReportingOverflow(by: size)
    let amount = overflow ? UInt64.max : bytes
    return Text {
      switch options.last(of: units) {
      case 0: $0.put(byteSize: amount, isRoundedUp: true)
      case 1: put(thousands: amount, to: &$0)
      case 2: $0.put(decimal: amount >> 20 + (amount & 0xF_FFFF > 0 ? 1 : 0))
      default: $0.put(decimal: amount / 1024 + (amount % 1024 > 0 ? 1 : 0))
      }
    }
  }

  /// In a unit that fits, of powers of 1000, rounded up.
  private static func put(thousands amount: UInt64, to text: inout Text) {
    let letters: StaticString = "kMGTPE"
    var unit: UInt64 = 1
    var index = -1
    while amount / unit >= 1000 {
      unit *= 1000
      index += 1
    }
    text.put(decimal: amount / unit + (amount % unit > 0 ? 1 : 0))
    if index >= 0 { text.put(letters.bytes[index]) }
  }

  /// Of what can be had, rounded up: 100% is full.
  private static func percent(_ used: UInt64, _ available: UInt64) -> Text {
    let (sum, overflow) = used.addingReportingOverflow(available)
    guard sum > 0, !overflow else { return "-" }
    // So that a hundred times as much fits.
    let scale: UInt64 = sum >> 57 > 0 ? 7 : 0
    let share = (used >> scale) * 100
    return Text {
      $0.put(decimal: share / (sum >> scale) + (share % (sum >> scale) > 0 ? 1 : 0))
      $0.put("%")
    }
  }
}
