// SPDX-License-Identifier: MIT
import ArgumentParser
import Host
import RedoxFS
import Volumes

/// `./apus tool redoxfs-ar`: makes a volume from a folder.
@main struct Archive: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "redoxfs-ar",
    abstract: "Make a RedoxFS volume with all that is in a folder.",
    discussion: "All files belong to root; permissions, times and hard links are kept.")

  @Argument(help: "The image, partition or disk.") var image: String
  @Argument(help: "The folder that becomes the volume's root.") var folder: String
  @Option(help: "Make an image file of so many MiB; 2 at least.") var size: UInt64?
  @Flag(help: "Overwrite a volume that is there already.") var force = false
  @Flag(help: "Say nothing of progress.") var quiet = false

  func run() throws {
    let store = try imageToFormat(image, mebibytes: size, overwrites: force)
    let volume: FileSystem<ImageStore>
    do throws(FileSystemError) {
      volume = try makeVolume(on: store, now: Timestamp(nanoseconds: WallClock.nanoseconds))
    } catch { throw failure("\(image): \(error.explanation.string)") }
    var copy = FolderCopy(of: folder, into: volume)
    let isShown = !quiet && Output.errorIsTerminal
    do throws(FolderCopy.Failure) {
      let count = try copy.run { path, number, count in
        if isShown { Output.progress("\(number * 100 / count) % \(path)") }
      }
      if isShown { Output.progress("") }
      Output.note(
        "\(image): \(count) files, \(volume.freeBlocks) of \(volume.blockCount) blocks free")
    } catch { throw failure("\(error)") }
  }

  private func failure(_ text: String) -> ExitCode {
    Output.note("redoxfs-ar: \(text)")
    return ExitCode(1)
  }
}
