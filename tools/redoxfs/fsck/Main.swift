// SPDX-License-Identifier: MIT
import ArgumentParser
import Base
import Host
import RedoxFS
import Volumes

/// `./apus tool redoxfs-fsck`: checks a volume, and repairs it if that is asked for.
@main struct Check: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "redoxfs-fsck",
    abstract: "Check a RedoxFS volume; nothing is changed but with --repair.",
    discussion: """
      Ends with 0 if nothing is wrong, or is any more after the repair; 1 if something is; 2 if there \
      is no volume that can be read.

      A repair keeps all that can be read. What cannot is named; in files it is zeros then. Files that \
      lost their names are in /lost+found afterwards, and blocks that nothing has are free. It is done \
      as a whole or not at all. The volume must not be mounted; if it is dear, copy the image first.

      If the nodes of the newest commit cannot be found, it goes back to the last one whose nodes can, \
      and says to which; if none has files that can be found, it changes nothing. Neither does it if the \
      medium does not read a block, asked several times: that may be well tomorrow.

      Of snapshots nothing is rewritten. One with a part of a file that cannot be read stays, and is \
      named by every check; one in which files cannot be found is lost.
      """)

  @Argument(help: "The image, partition or disk.") var image: String
  @Flag(
    help: """
      Print a line for each file first: mode, owner, links, size, blocks, time, node, SHA-256 digest, \
      path.
      """)
  var list = false
  @Flag(help: "Repair what is wrong.") var repair = false
  @Flag(help: "With --repair: what the medium does not read is lost.") var giveUpUnreadable = false
  @Flag(help: "With --repair: if no commit has files that can be found, empty the volume.")
  var acceptEmpty = false

  func run() throws {
    Output.ignoreBrokenPipes()
    if try check(lists: list) { return }
    guard repair else { throw ExitCode(1) }
    try mend()
    guard try check(lists: false) else { throw ExitCode(1) }
  }

  /// - Returns: whether nothing is wrong, which with `--repair` lost blocks are as well.
  private func check(lists: Bool) throws -> Bool {
    let volume: Volume<ImageStore>
    do throws(VolumeError) { volume = try Volume(opening: try store()) } catch {
      Output.note("redoxfs-fsck: \(image): \(error.explanation.string)")
      throw ExitCode(2)
    }
    var checker = Checker(volume)
    checker.run { path, node in
      guard lists else { return }
      let line = listingLine(path, node, digest: digest(of: node, in: volume))
      try? Output.standard(line.bytes + [0x0A])
    }
    for finding in checker.findings { Output.note(finding.explanation.string) }
    Output.note("\(image): \(summary(of: checker, volume))")
    return checker.findings.isEmpty && !(repair && checker.lostBlocks > 0)
  }

  private func summary(of checker: Checker<ImageStore>, _ volume: Volume<ImageStore>) -> String {
    let wrong = checker.findings.count
    let count = checker.snapshots.count
    let kept =
      count == 0
      ? ""
      : ", \(count) \(count == 1 ? "snapshot" : "snapshots") with \(checker.snapshotBlocks) of their own"
    let lost = checker.lostBlocks == 0 ? "" : ", \(checker.lostBlocks) lost"
    return "generation \(volume.header.generation), \(checker.nodeCount) files, "
      + "\(volume.blockCount) blocks, \(checker.freeBlocks) free\(kept)\(lost); "
      + (wrong == 0 ? "nothing is wrong" : wrong == 1 ? "1 finding" : "\(wrong) findings")
  }

  /// Repairs the volume and says what was done.
  private func mend() throws {
    let file: RandomAccessFile
    do throws(HostError) { file = try RandomAccessFile(updating: image) } catch {
      Output.note("redoxfs-fsck: \(error)")
      throw ExitCode(1)
    }
    let store = ImageStore(file)
    let options = RepairOptions(givesUpUnreadable: giveUpUnreadable, mayEmpty: acceptEmpty)
    var repairer: Repairer<ImageStore>
    do throws(FileSystemError) {
      repairer = try Repairer(
        of: store, now: Timestamp(nanoseconds: WallClock.nanoseconds), options: options)
    } catch { throw refusal(error) }
    do throws(FileSystemError) { try repairer.run() } catch {
      guard repairer.isDone else { throw refusal(error) }
      say(repairer.mends)
      Output.note(
        "redoxfs-fsck: \(image): repaired, but then \(error.explanation.string): blocks that only lost "
          + "snapshots had may not be free yet")
      throw ExitCode(1)
    }
    say(repairer.mends)
  }

  private func say(_ mends: [Mend]) {
    for mend in mends { Output.note("repaired: \(mend.explanation.string)") }
  }

  private func refusal(_ error: FileSystemError) -> ExitCode {
    let reason = error.explanation.string
    let advice =
      switch error {
      case .medium: "; should the last write have been done all the same, all is repaired"
      case .volume(.medium): "; --give-up-unreadable goes on without it"
      case .volume(.noTree): "; --accept-empty makes the volume an empty one"
      default: ""
      }
    Output.note("redoxfs-fsck: \(image): not repaired, nothing has changed: \(reason)\(advice)")
    return ExitCode(1)
  }

  private func store() throws(VolumeError) -> ImageStore {
    do throws(HostError) { return try ImageStore(reading: image) } catch {
      Output.note("redoxfs-fsck: \(error)")
      Program.exit(2)
    }
  }
}
