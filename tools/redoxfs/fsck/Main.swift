// SPDX-License-Identifier: MIT
import ArgumentParser
import Base
import Host
import RedoxFS
import Volumes

/// `./apus tool redoxfs-fsck`: checks a volume.
@main struct Check: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "redoxfs-fsck",
    abstract: "Check a RedoxFS volume; nothing is changed.",
    discussion: """
      Ends with 0 if nothing is wrong, 1 if something is, 2 if there is no volume that can be read.
      """)

  @Argument(help: "The image, partition or disk.") var image: String
  @Flag(
    help: """
      Print a line for each file first: mode, owner, links, size, blocks, time, node, SHA-256 digest, \
      path.
      """)
  var list = false

  func run() throws {
    Output.ignoreBrokenPipes()
    let volume: Volume<ImageStore>
    do throws(VolumeError) { volume = try Volume(opening: try store()) } catch {
      Output.note("redoxfs-fsck: \(image): \(error.explanation.string)")
      throw ExitCode(2)
    }
    var checker = Checker(volume)
    let lists = list
    checker.run { path, node in
      guard lists else { return }
      let line = listingLine(path, node, digest: digest(of: node, in: volume))
      try? Output.standard(line.bytes + [0x0A])
    }
    for finding in checker.findings { Output.note(finding.explanation.string) }
    let wrong = checker.findings.count
    let count = checker.snapshots.count
    let kept =
      count == 0
      ? ""
      : ", \(count) \(count == 1 ? "snapshot" : "snapshots") with \(checker.snapshotBlocks) of their own"
    let lost = checker.lostBlocks == 0 ? "" : ", \(checker.lostBlocks) lost"
    Output.note(
      "\(image): generation \(volume.header.generation), \(checker.nodeCount) files, "
        + "\(volume.blockCount) blocks, \(checker.freeBlocks) free\(kept)\(lost); "
        + (wrong == 0 ? "nothing is wrong" : wrong == 1 ? "1 finding" : "\(wrong) findings"))
    if wrong > 0 { throw ExitCode(1) }
  }

  private func store() throws(VolumeError) -> ImageStore {
    do throws(HostError) { return try ImageStore(reading: image) } catch {
      Output.note("redoxfs-fsck: \(error)")
      Program.exit(2)
    }
  }
}
