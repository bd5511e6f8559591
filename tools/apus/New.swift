// SPDX-License-Identifier: MIT
import ArgumentParser
import Guest
import Host
import Project
import Scaffolds

/// `apus new`: the files of a new module, which compile and are tested at once.
struct New: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Write the files of a new service, driver, library or system call.")

  @Argument(help: "service, driver, library or call.")
  var kind: String

  @Argument(help: "Its name.")
  var name: String

  func run() throws {
    throw Failure.notYet("new \(kind)")
  }
}
