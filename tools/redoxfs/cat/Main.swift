// SPDX-License-Identifier: MIT
import ArgumentParser
import Base
import Host
import RedoxFS
import Volumes

/// `./apus tool redoxfs-cat`: prints files of a volume.
@main struct Print: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "redoxfs-cat",
    abstract: "Print files of a RedoxFS volume one after another.",
    discussion: """
      A symbolic link prints its target, a directory the names in it. Ends with 1 if something could
      not be printed.
      """)

  @Argument(help: "The image, partition or disk.") var image: String
  @Argument(help: "Paths from the volume's root.") var paths: [String]

  @Option(help: "Print what a snapshot has.") var snapshot: String?

  /// What is read at once: one record of a regular file.
  private static var portion: Int { Layout.blockBytes << Int(Layout.highestLevel) }

  func run() throws {
    Output.ignoreBrokenPipes()
    let store = try ImageStore(reading: image)
    let volume: Volume<ImageStore>
    do throws(VolumeError) { volume = try state(of: try Volume(opening: store)) } catch {
      Output.note("redoxfs-cat: \(image): \(error.explanation.string)")
      throw ExitCode(1)
    }
    var failed = false
    for path in paths {
      do throws(VolumeError) { try print(path, of: volume) } catch {
        Output.note("redoxfs-cat: \(path): \(error.explanation.string)")
        failed = true
      }
    }
    if failed { throw ExitCode(1) }
  }

  /// The volume, or the snapshot that was asked for.
  private func state(of volume: Volume<ImageStore>) throws(VolumeError) -> Volume<ImageStore> {
    guard let snapshot else { return volume }
    let name = Text(Array(snapshot.utf8))
    guard let found = try volume.snapshots().first(where: { $0.name == name }) else {
      throw .notFound
    }
    return volume.view(found)
  }

  private func print(_ path: String, of volume: Volume<ImageStore>) throws(VolumeError) {
    let node = try volume.node(at: Text(Array(path.utf8)))
    if node.record.kind == .directory {
      for entry in try volume.entries(of: node) { write(entry.name.bytes + [0x0A]) }
      return
    }
    var offset: UInt64 = 0
    while offset < node.record.byteCount {
      write(try volume.read(node, from: offset, count: Self.portion))
      offset += UInt64(Self.portion)
    }
  }

  private func write(_ bytes: [UInt8]) {
    do throws(HostError) { try Output.standard(bytes) } catch {
      Output.note("redoxfs-cat: \(error)")
      Program.exit(1)
    }
  }
}
