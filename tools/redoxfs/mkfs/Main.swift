// SPDX-License-Identifier: MIT
import ArgumentParser
import Host
import RedoxFS
import Volumes

/// `./apus tool redoxfs-mkfs`: makes an empty volume.
@main struct Make: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "redoxfs-mkfs", abstract: "Make an empty RedoxFS volume.")

  @Argument(help: "The image, partition or disk.") var image: String
  @Option(help: "Make an image file of so many MiB; 2 at least.") var size: UInt64?
  @Flag(help: "Overwrite a volume that is there already.") var force = false

  func run() throws {
    let store = try imageToFormat(image, mebibytes: size, overwrites: force)
    do throws(FileSystemError) {
      let volume = try makeVolume(on: store, now: Timestamp(nanoseconds: WallClock.nanoseconds))
      Output.note("\(image): \(volume.blockCount) blocks of 4096 bytes, \(volume.freeBlocks) free")
    } catch {
      Output.note("redoxfs-mkfs: \(image): \(error.explanation.string)")
      throw ExitCode(1)
    }
  }
}
