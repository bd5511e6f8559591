// SPDX-License-Identifier: MIT

/// The archive that Linux unpacks as its first file system: cpio in its "newc" form
/// (Linux, Documentation/driver-api/early-userspace/buffer-format.rst).
///
/// Each entry is a header of a magic number and thirteen numbers of eight hexadecimal digits, the
/// name with a zero, and the data; name and data are padded to four bytes.
struct NewcArchive {
  private(set) var bytes: [UInt8] = []
  private var entryCount = 0
  private(set) var isFinished = false

  mutating func addFolder(_ name: String) { add(name, mode: 0o40755, data: []) }

  mutating func addFile(_ name: String, _ data: [UInt8]) { add(name, mode: 0o100644, data: data) }

  mutating func addProgram(_ name: String, _ data: [UInt8]) {
    add(name, mode: 0o100755, data: data)
  }

  mutating func addLink(_ name: String, to target: String) {
    add(name, mode: 0o120777, data: Array(target.utf8))
  }

  mutating func addCharacterDevice(_ name: String, major: Int, minor: Int) {
    add(name, mode: 0o20600, data: [], device: (major, minor))
  }

  /// Marks the end. Nothing may be added after it.
  mutating func finish() {
    add("TRAILER!!!", mode: 0, data: [])
    isFinished = true
  }

  private mutating func add(
    _ name: String, mode: Int, data: [UInt8], device: (major: Int, minor: Int) = (0, 0)
  ) {
    entryCount += 1
    let nameBytes = Array(name.utf8) + [0]
    // inode, mode, user, group, links, time, size, device, device of the node, name size, check
    let fields = [
      entryCount, mode, 0, 0, 1, 0, data.count, 0, 0, device.major, device.minor,
      nameBytes.count, 0,
    ]
    bytes += Array("070701".utf8)
    for field in fields { bytes += Self.hexadecimal(field) }
    bytes += nameBytes
    pad()
    bytes += data
    pad()
  }

  private mutating func pad() {
    while bytes.count % 4 != 0 { bytes.append(0) }
  }

  private static func hexadecimal(_ value: Int) -> [UInt8] {
    let digits = Array(String(value, radix: 16, uppercase: true).utf8)
    return [UInt8](repeating: UInt8(ascii: "0"), count: max(0, 8 - digits.count)) + digits
  }
}
