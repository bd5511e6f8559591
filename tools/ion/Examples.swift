// SPDX-License-Identifier: MIT
import Base
import Core
import Host

/// Runs the example scripts of a checkout of Ion and compares what they print, output and errors
/// together, with the files that it expects.
///
/// They run in a copy of the checkout, where this program stands for the one that it would build.
struct Examples {
  let checkout: String

  /// The exit status: 0 if all are as expected.
  func run() -> Int32 {
    do throws(HostError) {
      let folder = try copy()
      let names = try Files.names(in: folder + "/tests")
      var passed: [String] = []
      var failed: [String] = []
      for name in names {
        guard let result = try outcome(of: name, in: folder) else { continue }
        if result { passed.append(name) } else { failed.append(name) }
      }
      try Files.remove(folder)
      for name in passed { Output.line("pass  \(name)") }
      for name in failed { Output.line("FAIL  \(name)") }
      Output.line("\(passed.count) of \(passed.count + failed.count) pass")
      return failed.isEmpty && !passed.isEmpty ? 0 : 1
    } catch {
      Output.note("ion: \(error)")
      return 2
    }
  }

  private func copy() throws(HostError) -> String {
    guard Files.facts(checkout + "/tests")?.kind == .folder else {
      throw .file(path: checkout + "/tests", action: "find", reason: "no such folder")
    }
    let folder = "/tmp/ion-examples-\(Environment.processIdentifier)"
    let copied = try Command("cp", ["-a", checkout, folder]).capture()
    guard copied.status.isSuccess else {
      throw .file(path: checkout, action: "copy", reason: copied.text)
    }
    try Files.makeFolder(folder + "/target/debug")
    let program = try Files.linkTarget("/proc/self/exe")
    _ = try Command("ln", ["-sf", program, folder + "/target/debug/ion"]).capture()
    return folder
  }

  /// Whether an example prints what it should; nil if the file is none.
  private func outcome(of name: String, in folder: String) throws(HostError) -> Bool? {
    let parts = name.split(separator: ".")
    guard parts.count == 2 else { return nil }
    let arguments: [String]
    switch parts[1] {
    case "ion": arguments = ["tests/\(name)", "1"]
    case "params":
      arguments = try Files.text("\(folder)/tests/\(name)").split(separator: "\n").map(String.init)
    default: return nil
    }
    let expected: [UInt8]
    if parts[0] == "fn-root-vars" {
      expected = try rootVariables()
    } else {
      expected = try Files.read("\(folder)/tests/\(parts[0]).out")
    }
    let command = Command("timeout", ["60", "target/debug/ion"] + arguments, in: folder)
    let place = Text(Array("ion: tests/\(name):".utf8))
    let printed = Self.lines(try command.capture().output).map { Self.withoutPlace($0, place) }
    return printed == Self.lines(expected)
  }

  /// What Ion's harness expects of the script that prints the user's variables.
  private func rootVariables() throws(HostError) -> [UInt8] {
    let user = Unix.userIdentifier
    let home = Environment["HOME"] ?? ""
    let prompt =
      "${x::1B}]0;${USER}: ${PWD}${x::07}${c::0x55,bold}${USER}${c::default}:${c::0x4B}${SWD}"
      + "${c::default}\(user == 0 ? "#" : "$") ${c::reset}"
    return Array("\(home)\n\(prompt)\n\(user)\n\n".utf8)
  }

  /// A message without the script's name and line, which ours have and Ion's have not.
  private static func withoutPlace(_ line: Text, _ place: Text) -> Text {
    guard line.hasPrefix(place) else { return line }
    var index = place.count
    while index < line.count, line[index].isASCIIDigit || line[index] == 0x3A { index += 1 }
    return "ion:" + line[index...]
  }

  /// A missing line feed at the end is no difference.
  private static func lines(_ bytes: [UInt8]) -> [Text] { Text(bytes).lines() }
}
