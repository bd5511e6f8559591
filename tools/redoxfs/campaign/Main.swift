// SPDX-License-Identifier: MIT
import ArgumentParser
import Host
import RedoxFSExample

/// `./apus tool redoxfs-campaign`: what a volume survives, tried very often.
@main struct Campaigns: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "redoxfs-campaign",
    abstract: "Cut the power, or damage volumes, very often; print what was tried.",
    subcommands: [Crash.self, Damage.self])

  struct Crash: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Cut the power at every write of many workloads.",
      discussion: """
        First every workload of three steps on a few names, each with a commit at its end and with \
        one after each step; then long random ones. Ends with 1 at the first state that is wrong.
        """)
    @Option(help: "How many states to look at.") var states = 1_000_000
    @Option(help: "What random choices follow from.") var seed = UInt64.random(in: 1...1 << 40)
    @Option(help: "Only every so manieth of the short workloads.") var stride = 1

    func run() throws {
      Output.line("seed \(seed)")
      let campaign = CrashCampaign(seed: seed)
      try campaign.runExhaustive(stride: max(stride, 1), until: states)
      Output.line("short: \(campaign.workloads) workloads, \(campaign.states) states")
      try campaign.runRandom(until: states)
      Output.line("all: \(campaign.workloads) workloads, \(campaign.states) states")
      guard let failure = campaign.failure else { return Output.line("nothing is wrong") }
      Output.note("redoxfs-campaign: \(failure)")
      throw ExitCode(1)
    }
  }

  struct Damage: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Damage volumes, mount, list, read and check them.",
      discussion: "Half of them have hashes that are right all the same.")
    @Option(help: "How many volumes.") var volumes = 100_000
    @Option(help: "What random choices follow from.") var seed = UInt64.random(in: 1...1 << 40)

    func run() throws {
      Output.line("seed \(seed)")
      var campaign = try DamageCampaign(seed: seed)
      campaign.run(volumes)
      Output.line(
        "\(campaign.volumes) volumes: \(campaign.refused) were refused, of \(campaign.found) the "
          + "checker named what is wrong, \(campaign.silent) showed nothing")
    }
  }
}
