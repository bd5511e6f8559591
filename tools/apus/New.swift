// SPDX-License-Identifier: MIT
import ArgumentParser
import Guest
import Host
import Project
import Scaffolds

extension Scaffold.Kind: ExpressibleByArgument {}

/// `apus new`: the files of a new module, which compile and are tested at once.
struct New: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Write the files of a new service, driver, library or system call.",
    usage: "apus new service|driver|library|call NAME",
    discussion: """
      A service or driver is named like its program (clockd), a library or call like its type \
      (Checksum, or formats/Checksum for one in a folder of its kind).
      """)

  @Argument(help: "service, driver, library or call.")
  var kind: Scaffold.Kind

  @Argument(help: "Its name.")
  var name: String

  func run() throws {
    let project = Project.current()
    let scaffold = try orFail { () throws(ScaffoldError) in
      try Scaffold.make(kind, name) { try? Files.text(project.path($0)) }
    }
    for (path, text) in scaffold.files.sorted(by: { $0.key < $1.key }) {
      let verb = Files.exists(project.path(path)) ? "changed" : "new    "
      try orFail { () throws(HostError) in try Files.write(text, to: project.path(path)) }
      Output.note("\(verb) \(path)")
    }
    scaffold.next.forEach { Output.note("next: \($0)") }
  }
}
