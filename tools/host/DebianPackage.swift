// SPDX-License-Identifier: MIT
import Glibc

/// Debian packages that only some commands need, installed when they are needed first.
public enum DebianPackage {
  /// Sees to it that `file` is there.
  /// - Throws: with the command to type, where we may not install.
  public static func provide(_ file: String, by package: String) throws(HostError) {
    if Files.exists(file) { return }
    let install = "apt-get install -y --no-install-recommends \(package)"
    let advice = HostError.file(
      path: file, action: "find",
      reason: "install it with: sudo apt-get update && sudo \(install)")
    guard Environment.find("apt-get") != nil else { throw advice }
    let isRoot = getuid() == 0
    if !isRoot {
      guard try Command("sudo", ["-n", "true"]).capture().status.isSuccess else { throw advice }
    }
    Output.note("apus: installing \(package)")
    let words = ["sh", "-c", "apt-get update && DEBIAN_FRONTEND=noninteractive \(install)"]
    let command = isRoot ? Command(words[0], Array(words[1...])) : Command("sudo", ["-n"] + words)
    guard try command.capture().status.isSuccess, Files.exists(file) else { throw advice }
  }
}
