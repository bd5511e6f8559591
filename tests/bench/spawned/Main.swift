// SPDX-License-Identifier: MIT
import Ballast
import System

/// What `bench spawn_exit_wait` starts: a program as long as ordinary ones are, that does nothing.
@main struct Spawned {
  static func main() {
    exit(Int32(ballast_first_byte()))
  }
}
