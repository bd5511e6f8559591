// SPDX-License-Identifier: MIT
import System
import TestRuntime

/// Programs that take all they can get, servers that do not serve, files that are no programs: only
/// the culprit gets an error, and when it is gone everything is back.
@main struct Hostile {
  static func main() {
    if let role = Role.own { role.play() }
    do throws(TestFailure) {
      try Stage().run()
    } catch {
      exit(1)
    }
  }
}
