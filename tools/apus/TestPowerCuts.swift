// SPDX-License-Identifier: MIT
import ArgumentParser
import Checks
import DiskImages
import Guest
import Host
import Mutation
import PowerCuts
import Project
import RedoxFS
import Volumes

/// A system that works on its disk while its machine is killed, over and over, always on the same disk.
struct PowerCutCampaign {
  var project: Project
  var cuts = 3
  var processorCount = 2
  var seed: UInt64 = 1
  var bus = Machine.DiskBus.virtio
  /// Told a line about each cut.
  var report: (String) -> Void = { _ in }

  private static let image = "minimal"
  private static let program = "/tmp/powercut"
  /// Seconds for one round.
  private static let timeout = 300.0

  /// What there was to see in all rounds.
  private struct Totals {
    var acknowledged = 0
    var ahead = 0
    var volatile = 0
    var loss = VolatileDisk.Loss()
  }

  func run() throws(Failure) -> Tally {
    let images = DiskImageBuilder(.talking(project), .x86_64, hasBIOSLoader: false)
    let built = try orFail { () throws(BuildError) in
      try Builder.talking(project).build(.tests(.x86_64))
      return try images.build(Self.image)
    }
    let folder = project.built("powercut/\(Environment.processIdentifier)")
    defer { try? Files.remove(folder) }
    let disk = "\(folder)/disk.img"
    let copied = try orFail { () throws(HostError) in
      try Files.makeFolder(folder)
      return try Command("cp", ["--sparse=always", built.disk, disk]).capture()
    }
    guard copied.status.isSuccess else { return .failure("powercut: \(copied.text)") }
    report("powercut: seed \(seed), \(cuts) cuts, \(processorCount) processors, \(bus)")

    var random = SeededGenerator(seed: seed)
    var totals = Totals()
    var before: [Int] = []
    for round in 1...cuts + 1 {
      // The last round only looks.
      let plan = round <= cuts ? CutPlan(&random) : nil
      let outcome = try self.round(round, plan, after: before, built, disk, in: folder)
      if let failure = outcome.failure { return .failure("powercut: round \(round): \(failure)") }
      for worker in outcome.log.verified {
        totals.acknowledged += worker.acknowledged
        totals.ahead += worker.found - worker.acknowledged
      }
      before = outcome.log.done
      guard let plan else { break }
      if let loss = outcome.loss {
        totals.volatile += 1
        totals.loss.kept += loss.kept
        totals.loss.torn += loss.torn
        totals.loss.lost += loss.lost
      }
      report(Self.line(round, plan, outcome))
    }
    let loss = totals.loss
    report(
      "powercut: \(cuts) cuts, \(totals.volatile) of them on a disk that forgets: of its writes that "
        + "were not flushed \(loss.kept) kept, \(loss.torn) torn, \(loss.lost) lost; "
        + "\(totals.acknowledged) acknowledged steps found, \(totals.ahead) others; every volume whole"
    )
    return Tally(passed: 1)
  }

  private static func line(_ round: Int, _ plan: CutPlan, _ outcome: Round) -> String {
    let done = outcome.log.done.map(String.init).joined(separator: "+")
    let cache =
      outcome.loss.map { "\($0.kept) writes kept, \($0.torn) torn, \($0.lost) lost" }
      ?? "the host keeps all writes"
    return "cut \(round): \(plan.description): \(outcome.log.acknowledgements) acknowledged, "
      + "\(done) steps; \(cache); \(outcome.files) files, nothing is wrong"
  }

  // MARK: One round

  private struct Round {
    var log = WorkLog()
    var loss: VolatileDisk.Loss?
    /// In the volume afterwards.
    var files = 0
    var failure: String?
  }

  private func round(
    _ number: Int, _ plan: CutPlan?, after before: [Int], _ built: DiskSystem, _ disk: String,
    in folder: String
  ) throws(Failure) -> Round {
    var round = Round()
    var server: DiskProcess?
    if let plan, plan.losesCache {
      server = try orFail { () throws(HostError) in try DiskProcess(disk, plan, in: folder) }
    }
    let words =
      [String(seed), String(number)] + (plan == nil ? ["end"] : []) + before.map(String.init)
    let box = RoundBox()
    let report = try boot(words, plan, built, server?.address ?? disk, box)
    round.log = box.log
    if let failure = box.log.failure {
      round.failure = failure
    } else if !Self.isExpected(plan, box, report) {
      let lines = ["status \(report?.status ?? -1)"] + (report?.lines ?? [])
      round.failure = lines.joined(separator: "\n")
    } else if number > 1, box.log.verified.count != WorkLog.workers {
      round.failure = "it has not looked at what was there"
    }
    if let server {
      do throws(HostError) { round.loss = try server.loss() } catch {
        round.failure = round.failure ?? "the disk: \(error)"
      }
    }
    if round.failure == nil { (round.files, round.failure) = try check(disk) }
    return round
  }

  /// Whether the machine ended as it should.
  private static func isExpected(_ plan: CutPlan?, _ box: RoundBox, _ report: ExecReport?) -> Bool {
    switch plan?.moment {
    case nil: report?.status == 0
    case .acknowledgements: box.isCut
    // QEMU was killed, not by us.
    case .write: report?.status == ExecStatus.machineFailed && report?.machineStatus == 128 + 9
    }
  }

  /// - Returns: nil if we cut the power.
  private func boot(
    _ words: [String], _ plan: CutPlan?, _ built: DiskSystem, _ disk: String, _ box: RoundBox
  ) throws(Failure) -> ExecReport? {
    var request = GuestRequest()
    request.command = ([Self.program] + words).joined(separator: " ")
    let program = try orFail { () throws(BuildError) in
      try project.stripped("test-powercut", of: .tests(.x86_64))
    }
    guard let program else {
      throw .usage("tests/Package.swift has no executable product test-powercut")
    }
    let bytes = try orFail { () throws(HostError) in try Files.read(program) }
    request.put = [
      ArchiveItem(String(Self.program.dropFirst()), mode: 0o755, .file(bytes))
    ]
    let sink = ExecRunner.Sink(
      output: { bytes throws(HostError) in
        box.log.append(bytes)
        guard case .acknowledgements(let count, let delay) = plan?.moment,
          box.log.acknowledgements >= count
        else { return }
        Poll.pause(delay)
        box.isCut = true
        // Whoever runs the machine kills it at once for that.
        throw .system(call: "power", reason: "cut")
      },
      error: { bytes throws(HostError) in box.log.append(bytes) })
    let guest = GuestCommand(
      project: project, system: built.system, request: request, timeout: Self.timeout, sink: sink)
    do throws(Failure) {
      return try guest.run { system throws(Failure) in
        var machine = Machine(kernel: system.kernel, initrd: system.initrd)
        machine.commandLine = built.commandLine
        machine.processorCount = processorCount
        machine.disks = [Machine.Disk(disk, bus: bus, isTemporary: false)]
        return machine
      }
    } catch {
      guard box.isCut else { throw error }
      return nil
    }
  }

  /// The checker on the volume as it lies there, mounted by nobody.
  private func check(_ disk: String) throws(Failure) -> (files: Int, failure: String?) {
    let found = try orFail { () throws(HostError) in
      let file = try RandomAccessFile(reading: disk)
      return (file, DiskPartitions.root(of: file))
    }
    guard let place = found.1 else { return (0, "there is no root partition any more") }
    let store = ImageStore(found.0, from: place.start, byteCount: place.byteCount)
    do throws(VolumeError) {
      var checker = Checker(try Volume(opening: store))
      checker.run { _, _ in }
      let findings = checker.findings.map {
        String(decoding: $0.explanation.bytes, as: UTF8.self)
      }
      return (checker.nodeCount, findings.isEmpty ? nil : findings.joined(separator: "\n"))
    } catch {
      return (0, String(decoding: error.explanation.bytes, as: UTF8.self))
    }
  }
}

/// What the closures of a sink gather.
private final class RoundBox {
  var log = WorkLog()
  var isCut = false
}

/// A disk that forgets, in a process of its own.
private struct DiskProcess {
  private let child: Child
  private let result: String
  private let socket: String

  /// What QEMU calls it.
  var address: String { "nbd:unix:\(socket)" }

  init(_ disk: String, _ plan: CutPlan, in folder: String) throws(HostError) {
    // A socket's path has to be short.
    socket = "/tmp/apus-disk-\(Environment.processIdentifier)"
    result = "\(folder)/loss"
    try Files.remove(socket)
    try Files.remove(result)
    let listener = try LocalListener(socket)
    var words = ["serve-volatile-disk", disk, result, String(plan.seed)]
    if case .write(let number) = plan.moment { words.append(String(number)) }
    child = try Command("/proc/self/exe".resolvedProgram, words).start(descriptors: [
      (0, listener.descriptor.number), (1, 1), (2, 2),
    ])
  }

  /// What became of the writes that were not flushed, once its machine is gone.
  func loss() throws(HostError) -> VolatileDisk.Loss {
    defer { try? Files.remove(socket) }
    let status = try child.wait()
    guard status.isSuccess else {
      throw .system(call: "serving it", reason: "ended with status \(status.code)")
    }
    let numbers = try Files.text(result).split(whereSeparator: \.isWhitespace).compactMap {
      Int($0)
    }
    var loss = VolatileDisk.Loss()
    guard numbers.count == 3 else {
      throw .file(path: result, action: "use", reason: "three numbers were expected")
    }
    (loss.kept, loss.torn, loss.lost) = (numbers[0], numbers[1], numbers[2])
    return loss
  }
}

extension String {
  /// The file that a link of the host leads to.
  fileprivate var resolvedProgram: String { (try? Files.linkTarget(self)) ?? self }
}

/// `apus serve-volatile-disk`: the other process of a campaign, which users have no use for.
struct ServeVolatileDisk: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve-volatile-disk",
    abstract: "Serve a disk image whose cache a power cut takes with it.", shouldDisplay: false)

  @Argument(help: "The image.") var image: String
  @Argument(help: "Where the numbers of kept, torn and lost writes go.") var result: String
  @Argument(help: "Decides on what becomes of the cache.") var seed: UInt64
  @Argument(help: "The write with which the power goes.") var lastWrite: Int?

  func run() throws {
    try orFail { () throws(HostError) in
      let disk = VolatileDisk(try RandomAccessFile(updating: image), lastWrite: lastWrite)
      let end = try BlockServer.serve(disk, on: LocalListener(standardInput: ()), seed: seed)
      let loss = if case .cut(let loss) = end { loss } else { VolatileDisk.Loss() }
      try Files.write("\(loss.kept) \(loss.torn) \(loss.lost)\n", to: result)
    }
  }
}
