// SPDX-License-Identifier: MIT
import ArgumentParser
import Base
import Host
import RedoxFS
import Volumes

/// `./apus tool redoxfs-snapshot`: the states that a volume keeps.
@main struct Snapshots: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "redoxfs-snapshot",
    abstract: "Keep states of a RedoxFS volume, list them, go back to one, or forget one.",
    subcommands: [List.self, Create.self, Delete.self, RollBack.self])

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Print a line for each snapshot: the commit, when it was made, its name.")
    @Argument(help: "The image, partition or disk.") var image: String

    func run() throws {
      try reporting(image) { () throws(VolumeError) in
        for snapshot in try Volume(opening: try store(image)).snapshots() {
          Output.line(
            "\(snapshot.generation)\t\(snapshot.created.seconds)\t\(snapshot.name.string)")
        }
      }
    }
  }

  struct Create: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Keep the present state.")
    @Argument(help: "The image, partition or disk.") var image: String
    @Argument(help: "The snapshot's name, at most 63 bytes.") var name: String

    func run() throws {
      try changing(image) { volume throws(FileSystemError) in
        try volume.makeSnapshot(
          Text(Array(name.utf8)), now: Timestamp(nanoseconds: WallClock.nanoseconds))
      }
    }
  }

  struct Delete: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Forget a snapshot and give back what it alone has.")
    @Argument(help: "The image, partition or disk.") var image: String
    @Argument(help: "The snapshot's name.") var name: String

    func run() throws {
      try changing(image) { volume throws(FileSystemError) in
        try volume.removeSnapshot(Text(Array(name.utf8)))
      }
    }
  }

  struct RollBack: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "rollback",
      abstract: "Make a snapshot's state the present one; what was done since is lost.")
    @Argument(help: "The image, partition or disk.") var image: String
    @Argument(help: "The snapshot's name.") var name: String

    func run() throws {
      try changing(image) { volume throws(FileSystemError) in
        try volume.rollBack(to: Text(Array(name.utf8)))
      }
    }
  }
}

/// Mounts the volume in `image` and changes it.
private func changing(
  _ image: String, _ change: (FileSystem<ImageStore>) throws(FileSystemError) -> Void
) throws {
  let store = ImageStore(try RandomAccessFile(updating: image))
  do throws(FileSystemError) {
    let volume = try FileSystem(mounting: store)
    for name in volume.lostSnapshots {
      Output.note(
        "redoxfs-snapshot: \(name.string) was damaged by a program that knows no snapshots, and is gone"
      )
    }
    try change(volume)
    Output.note("\(image): \(volume.freeBlocks) of \(volume.blockCount) blocks free")
  } catch {
    Output.note("redoxfs-snapshot: \(image): \(error.explanation.string)")
    throw ExitCode(1)
  }
}

private func reporting(_ image: String, _ body: () throws(VolumeError) -> Void) throws {
  do throws(VolumeError) { try body() } catch {
    Output.note("redoxfs-snapshot: \(image): \(error.explanation.string)")
    throw ExitCode(1)
  }
}

private func store(_ image: String) throws(VolumeError) -> ImageStore {
  do throws(HostError) { return try ImageStore(reading: image) } catch {
    Output.note("redoxfs-snapshot: \(error)")
    Program.exit(1)
  }
}
