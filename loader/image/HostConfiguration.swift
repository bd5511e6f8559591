// SPDX-License-Identifier: MIT
import Boot
import CFirmware
import Core

/// What QEMU gives its guest by its configuration device.
struct HostConfiguration {
  /// Archives for the kernel, behind that of the volume.
  var archive = ConfigurationFile()
  /// Words for the kernel.
  var commandLine = ConfigurationFile()
  /// Larger files are not for us.
  static let limit: UInt32 = 1 << 30

  /// Reads the list of files; there are none on a machine that is no virtual one of QEMU's. The ports
  /// are read only where a hypervisor says that it is one: elsewhere they may be anything's.
  init() {
    guard firmware_is_virtual() != 0, Self.hasDevice else { return }
    configuration_select(ConfigurationFile.directoryItem)
    let count = UInt32(truncatingIfNeeded: Self.next(4))
    for _ in 0..<min(count, ConfigurationFile.directoryLimit) {
      var line = InlineArray<64, UInt8>(repeating: 0)
      for index in 0..<8 {
        let word = Self.next(8)
        for byte in 0..<8 {
          line[8 &* index &+ byte] = UInt8(truncatingIfNeeded: word >> UInt64(56 &- 8 &* byte))
        }
      }
      do throws(WireError) {
        let file = try ConfigurationFile(decoding: line.span)
        guard file.bytes <= Self.limit else { continue }
        if file.isNamed("opt/apus/archive") { archive = file }
        if file.isNamed("opt/apus/cmdline") { commandLine = file }
      } catch { return }
    }
  }

  private static var hasDevice: Bool {
    configuration_select(ConfigurationFile.signatureItem)
    let word = next(4)
    let signature = ConfigurationFile.signature.bytes
    for index in 0..<4 {
      guard signature[index] == UInt8(truncatingIfNeeded: word >> UInt64(24 &- 8 &* index)) else {
        return false
      }
    }
    return true
  }

  /// The next `count` bytes, at most 8, of the selected item, the first one highest.
  private static func next(_ count: Int) -> UInt64 {
    var word: UInt64 = 0
    for _ in 0..<count {
      var byte: UInt8 = 0
      // SAFETY: one byte is written, to a local.
      unsafe withUnsafeMutablePointer(to: &byte) {
        configuration_read(UInt64(UInt(bitPattern: $0)), 1)
      }
      word = word << 8 | UInt64(byte)
    }
    return word
  }

  /// Copies a file to `start`, where there is room for it.
  static func read(_ file: ConfigurationFile, to start: UInt64) {
    guard file.bytes > 0 else { return }
    configuration_select(file.item)
    configuration_read(start, UInt64(file.bytes))
  }
}
