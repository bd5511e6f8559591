// SPDX-License-Identifier: MIT
import ArgumentParser
import Documentation
import Guest
import Host
import Project

/// `apus docs`: the documents that are printed from the declarations and the manuals.
struct Documents: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "docs",
    abstract: "Print docs/abi.md, docs/calls and docs/man from what they are about.")

  @Flag(help: "Change nothing; fail when a document is stale.")
  var check = false

  func run() throws {
    let printer = DocumentPrinter(Project.current())
    guard check else {
      for path in try orFail({ () throws(DocumentError) in try printer.write() }) {
        Output.note(path)
      }
      return
    }
    let stale = try orFail { () throws(DocumentError) in try printer.stale() }
    guard stale.isEmpty else {
      throw Failure(
        stale.map { "apus: stale: \($0)" } + ["apus: print them with ./apus docs"], status: 1)
    }
  }
}
