// SPDX-License-Identifier: MIT
import ArgumentParser
import Guest
import Host
import Project

/// `apus docs`: the documents that are printed from the declarations.
struct Documents: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "docs", abstract: "Print docs/abi.md and docs/calls from the declarations.")

  @Flag(help: "Change nothing; fail when a document is stale.")
  var check = false

  func run() throws {
    throw Failure.notYet("the generator of docs/abi.md")
  }
}
