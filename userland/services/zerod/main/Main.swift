// SPDX-License-Identifier: MIT
import ConstantDevices
import System

/// `zerod`: serves the scheme `zero`; under the name `nulld`, or with the argument `null`, the
/// scheme `null`.
@main struct ConstantDeviceProgram {
  /// As much as one request can ask for.
  private static var longestRead: Int { 32 * 4096 }

  static func main() {
    do throws(SystemError) {
      // Memory that nobody touches costs nothing, so `null` has it as well.
      let zeros = try Mapping(byteCount: longestRead, .read).shared()
      Daemon.serve(
        ConstantDevice(isNull ? .null : .zero, zeros: zeros), as: isNull ? "null" : "zero")
    } catch {
      Log.error { line in
        line.put("no memory for zeros: ")
        line.put(error.explanation)
      }
      exit(1)
    }
  }

  private static var isNull: Bool {
    Log.unit == "nulld" || (Arguments.count > 1 && Arguments.text(at: 1) == "null")
  }
}
