// SPDX-License-Identifier: MIT
import ArgumentParser
import Host
import RedoxFSExample

/// `./apus tool redoxfs-campaign`: what a volume survives, tried very often.
@main struct Campaigns: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "redoxfs-campaign",
    abstract: "Cut the power, damage or age volumes, very often; print what was tried.",
    subcommands: [Crash.self, Damage.self, Age.self, Judge.self])

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
      abstract: "Damage volumes, mount, list, read, check and repair them.",
      discussion: "Half of them have hashes that are right all the same.")
    @Option(help: "How many volumes.") var volumes = 100_000
    @Option(help: "What random choices follow from.") var seed = UInt64.random(in: 1...1 << 40)
    @Option(help: "Where the first volume that is not whole after its repair is written to.")
    var image: String?

    func run() throws {
      Output.line("seed \(seed)")
      var campaign = try DamageCampaign(seed: seed)
      campaign.run(volumes)
      Output.line(
        "\(campaign.volumes) volumes: \(campaign.refused) were refused, of \(campaign.found) the "
          + "checker named what is wrong, \(campaign.silent) showed nothing; \(campaign.repaired) were "
          + "repaired, \(campaign.crowded) had no room for it, \(campaign.hopeless) no tree of nodes"
      )
      guard let failure = campaign.failure else { return Output.line("nothing is wrong") }
      if let image { try Files.write(campaign.failed, to: image) }
      Output.note("redoxfs-campaign: \(failure)")
      throw ExitCode(1)
    }
  }

  struct Age: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Use a volume for a long time and judge it by the format's rules.",
      discussion: "The rules are coded a second time, apart from what writes and checks volumes.")
    @Option(help: "How many commits.") var commits = 10_000
    @Option(help: "After how many commits it is judged.") var interval = 100
    @Option(help: "The volume's blocks of 4096 bytes.") var blocks = 4096
    @Option(help: "What random choices follow from.") var seed = UInt64.random(in: 1...1 << 40)
    @Option(help: "Where the aged volume is written to.") var image: String?

    func run() throws {
      Output.line("seed \(seed)")
      let campaign = try AgingCampaign(seed: seed, blocks: blocks)
      let faults = try campaign.run(commits: commits, judgedEvery: max(interval, 1))
      if let image { try Files.write(campaign.store.bytes, to: image) }
      Output.line(
        "\(campaign.commits) commits, generation \(campaign.mounted.generation), \(campaign.done) "
          + "operations done and \(campaign.refused) refused, a log of \(campaign.longestLog) "
          + "blocks, a directory of \(campaign.deepest) levels")
      for fault in faults { Output.note("redoxfs-campaign: \(fault)") }
      if !faults.isEmpty { throw ExitCode(1) }
      Output.line("nothing is wrong")
    }
  }

  struct Judge: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Judge the volume in an image by the format's rules.")
    @Argument(help: "The image.") var image: String
    @Flag(help: "Also what is against no rule, but what we do not do.") var ours = false

    func run() throws {
      let judge = FormatJudge(try Files.read(image), isOurs: ours)
      Output.line(
        "generation \(judge.generation): \(judge.files) files, \(judge.records) records of which "
          + "\(judge.packed) are packed, a log of \(judge.logBlocks) blocks, a directory of "
          + "\(judge.deepest) levels, \(judge.lost) blocks lost")
      for fault in judge.faults { Output.note("redoxfs-campaign: \(fault)") }
      if !judge.faults.isEmpty { throw ExitCode(1) }
    }
  }
}
