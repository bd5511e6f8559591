// SPDX-License-Identifier: MIT
import Base
import Foundation
import FunctionListing
import Login
import Manual
import Utilities
import UtilityFrame
import VolumeService

/// Writes the manual pages of all programs, `NAME.1`, into the folder that is named: what
/// `./apus docs` compares with `docs/man`.
@main struct Manuals {
  /// Programs beside the utilities add theirs here.
  static var all: [Manual] {
    Catalogue.table.utilities.map { $0.manual() }
      + [FormatCommand.manual, ListRequest.manual, LoginRequest.manual]
  }

  static func main() throws {
    guard CommandLine.arguments.count == 2 else {
      FileHandle.standardError.write(Data("usage: manuals FOLDER\n".utf8))
      exit(2)
    }
    let folder = URL(filePath: CommandLine.arguments[1], directoryHint: .isDirectory)
    for manual in all {
      try Data(manual.roff.bytes).write(to: folder.appending(path: "\(manual.name).1"))
    }
  }
}
