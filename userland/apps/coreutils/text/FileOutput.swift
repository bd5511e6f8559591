// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import UtilityFrame

/// A file that takes the place of standard output.
final class FileOutput {
  var output: UtilityOutput
  private let name: Text
  private let handle: Handle
  private let system: UtilitySystem

  /// Makes the file, or makes it empty.
  init(_ name: Text, _ invocation: Invocation) throws(UtilityStop) {
    self.name = name
    system = invocation.system
    do throws(SystemError) {
      handle = try system.openFile(name, .write | .create | .truncate, mode: 0o666)
    } catch {
      throw .failed(name.shownSafely + ": " + Text(error.explanation))
    }
    output = UtilityOutput(handle, system)
  }

  /// Sends what is left, and complains if something was lost.
  /// - Returns: whether all has been written.
  @discardableResult
  func finish(_ invocation: Invocation) -> Bool {
    output.send()
    guard let failure = output.failure else { return true }
    invocation.complain(name, failure)
    return false
  }

  func close() { system.close(handle) }
}
