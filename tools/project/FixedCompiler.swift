// SPDX-License-Identifier: MIT
import Host

/// How the compiler is started so that the same sources always make the same programs.
///
/// It is not deterministic by itself: it goes through tables in the order of their hashes, whose
/// seed changes from run to run, and through sets of its objects in the order of their addresses.
/// Both are held fast. A host that refuses to (some containers do) builds programs that are as
/// good, but not the same in every byte.
enum FixedCompiler {
  /// A build by SwiftPM.
  static func command(
    _ arguments: [String], in package: String, environment: [String: String]
  ) -> Command {
    let seeds = ["SWIFT_DETERMINISTIC_HASHING": "1"]
    return Command(
      "env", holdsAddresses ? hold + ["swift"] + arguments : ["swift"] + arguments, in: package,
      environment: environment.merging(seeds) { $1 })
  }

  private static let hold = ["setarch", "--addr-no-randomize"]

  private static let holdsAddresses: Bool =
    (try? Command("env", hold + ["true"]).capture())?.status.isSuccess ?? false
}
