// SPDX-License-Identifier: MIT

extension Scaffold {
  enum ProgramKind { case service, driver }
  static func program(
    _ name: String, _ kind: ProgramKind, read: (String) -> String?
  ) throws(ScaffoldError) -> Scaffold {
    throw .tableMissing(path: "userland/Package.swift", line: "let programs: [Program] = [")
  }
}
