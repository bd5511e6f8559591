// SPDX-License-Identifier: MIT
import System
import Utilities
import UtilityFrame

/// The basic commands: acts by the name it is called by.
@main struct Coreutils {
  static func main() {
    exit(Catalogue.table.run([Arguments.text(at: 0)] + Arguments.all, ApusSystem()))
  }
}
